"""What capture tells about the predictions it keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from opentelemetry.metrics import Observation

from telemetry.signals import OTHER, schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opentelemetry.metrics import Counter, Histogram

    from telemetry.signals import Labels, SignalMeter


@dataclass(frozen=True, slots=True)
class CaptureInstruments:
    """Rows written, given up and waiting. May be called from any thread."""

    _rows: Counter
    _files: Counter
    _writing: Histogram
    _drops: Counter
    _reasons: Labels
    _unprotected: Counter
    _unshipped: Counter
    _set_aside: Counter
    _damages: Labels
    _restarts: Counter
    _recovered: Counter
    _recoveries: Labels
    _pending: list[Callable[[], int]] = field(default_factory=list)
    _oldest: list[Callable[[], float]] = field(default_factory=list)

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        made = cls(
            signals.counter("capture_rows"),
            signals.counter("capture_files"),
            signals.histogram("capture_write_duration"),
            signals.counter("capture_drops"),
            signals.labels("capture_drops"),
            signals.counter("capture_unprotected_rows"),
            signals.counter("capture_unshipped_rows"),
            signals.counter("capture_set_aside"),
            signals.labels("capture_set_aside"),
            signals.counter("capture_writer_restarts"),
            signals.counter("capture_recovered_rows"),
            signals.labels("capture_recovered_rows"),
        )
        made._unprotected.add(0)
        made._unshipped.add(0)
        made._restarts.add(0)
        for damage in schema().attributes["damage"].values:
            if damage != OTHER:
                made._set_aside.add(0, made._damages(damage))
        made.recovered(0, 0)
        made._rows.add(0)
        made._files.add(0)
        for reason in schema().attributes["drop"].values:
            if reason != OTHER:
                # An alert on an increase needs the zero before the first drop.
                made._drops.add(0, made._reasons(reason))
        signals.gauge("capture_pending_rows", made._observe_pending)
        signals.gauge("capture_oldest_row_age", made._observe_oldest)
        return made

    def rows_written(self, rows: int, /) -> None:
        """Note ``rows`` predictions in a finished file."""
        self._rows.add(rows)

    def file_written(self, seconds: float, /) -> None:
        """Note a finished file, and what it took to encode and write it."""
        self._files.add(1)
        self._writing.record(seconds)

    def dropped(self, reason: str, rows: int, /) -> None:
        """Note ``rows`` predictions that were given up."""
        self._drops.add(rows, self._reasons(reason))

    def unprotected(self, rows: int, /) -> None:
        """Note ``rows`` predictions that were answered before they were in the journal."""
        self._unprotected.add(rows)

    def unshipped(self, rows: int, /) -> None:
        """Note ``rows`` predictions that were answered when only the journal had them."""
        self._unshipped.add(rows)

    def set_aside(self, damage: str, /) -> None:
        """Note bytes of a journal that were no row."""
        self._set_aside.add(1, self._damages(damage))

    def writer_restarted(self) -> None:
        """Note that the process that writes files was started anew."""
        self._restarts.add(1)

    def recovered(self, rows: int, written: int, /) -> None:
        """Note ``rows`` found in a journal left behind, ``written`` of them in no file yet."""
        self._recovered.add(written, self._recoveries("written"))
        self._recovered.add(rows - written, self._recoveries("already_written"))

    def watch_pending(self, pending: Callable[[], int], /) -> None:
        """Ask ``pending``, whenever someone looks, how many rows wait for the disk."""
        self._pending[:] = [pending]

    def watch_oldest(self, age: Callable[[], float], /) -> None:
        """Ask ``age``, whenever someone looks, for how long the oldest row has waited."""
        self._oldest[:] = [age]

    def _observe_pending(self) -> Iterator[Observation]:
        for pending in self._pending:
            yield Observation(pending())

    def _observe_oldest(self) -> Iterator[Observation]:
        for age in self._oldest:
            yield Observation(age())
