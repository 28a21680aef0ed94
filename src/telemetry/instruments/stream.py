"""What capture tells about rows on their way through a stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from opentelemetry.metrics import Observation

from telemetry.signals import OTHER, schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opentelemetry.metrics import Counter

    from telemetry.signals import Labels, SignalMeter


@dataclass(slots=True)
class _Seen:
    """What was last seen of the stream."""

    up: bool | None = None
    waiting: int | None = None
    delivered: int | None = None
    oldest: float | None = None


@dataclass(frozen=True, slots=True)
class StreamInstruments:
    """Rows handed over, taken over and set aside. May be called from any thread."""

    _rows: Counter
    _failures: Counter
    _reasons: Labels
    _claimed: Counter
    _known: Counter
    _doubled: Counter
    _dead: Counter
    _deaths: Labels
    _seen: _Seen = field(default_factory=_Seen)

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        made = cls(
            signals.counter("capture_stream_rows"),
            signals.counter("capture_stream_failures"),
            signals.labels("capture_stream_failures"),
            signals.counter("capture_stream_claimed_rows"),
            signals.counter("capture_stream_known_rows"),
            signals.counter("capture_stream_doubled_rows"),
            signals.counter("capture_stream_dead_letters"),
            signals.labels("capture_stream_dead_letters"),
        )
        for counter in (made._rows, made._claimed, made._known, made._doubled):
            counter.add(0)
        for reason in schema().attributes["hand_over"].values:
            if reason != OTHER:
                made._failures.add(0, made._reasons(reason))
        for reason in schema().attributes["death"].values:
            if reason != OTHER:
                # An alert on an increase needs the zero before the first dead letter.
                made.dead(reason, 0)
        seen = made._seen
        signals.gauge("capture_stream_up", _observing(lambda: seen.up))
        signals.gauge("capture_stream_waiting_rows", _observing(lambda: seen.waiting))
        signals.gauge("capture_stream_delivered_rows", _observing(lambda: seen.delivered))
        signals.gauge("capture_stream_oldest_row_age", _observing(lambda: seen.oldest))
        return made

    def handed_over(self, rows: int, /) -> None:
        """Note ``rows`` that are in the stream."""
        self._rows.add(rows)

    def hand_over_failed(self, reason: str, /) -> None:
        """Note an attempt that failed."""
        self._failures.add(1, self._reasons(reason))

    def claimed(self, rows: int, /) -> None:
        """Note ``rows`` taken over from a silent worker."""
        self._claimed.add(rows)

    def already_written(self, rows: int, /) -> None:
        """Note ``rows`` that came once more and stand in files."""
        self._known.add(rows)

    def taken_back(self, rows: int, /) -> None:
        """Note ``rows`` that were written twice, and are no more."""
        self._doubled.add(rows)

    def dead(self, reason: str, rows: int, /) -> None:
        """Note ``rows`` that were set aside."""
        self._dead.add(rows, self._deaths(reason))

    def answered(self, up: bool, /) -> None:  # noqa: FBT001  # a state, not a way to do it
        """Take whether Redis answered; while it does not, nothing is known of the stream."""
        self._seen.up = up
        if not up:
            self._seen.waiting = self._seen.delivered = self._seen.oldest = None

    def looked_at(self, waiting: int, delivered: int, age: float, /) -> None:
        """Take how far the workers are behind."""
        self._seen.waiting, self._seen.delivered, self._seen.oldest = waiting, delivered, age


def _observing(value: Callable[[], float | None]) -> Callable[[], Iterator[Observation]]:
    def observe() -> Iterator[Observation]:
        seen = value()
        if seen is not None:
            yield Observation(float(seen))

    return observe
