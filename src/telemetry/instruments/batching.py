"""What the micro-batcher tells about its queue and its batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from opentelemetry.metrics import Observation

from telemetry.bound import Bound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opentelemetry.metrics import Counter, Histogram

    from telemetry.signals import Labels, SignalMeter

OVERLOAD: Final = "overload"
QUEUE_FULL: Final = "queue_full"
NO_MODEL: Final = "no_model"
STOPPING: Final = "stopping"


@dataclass(frozen=True, slots=True)
class BatchingInstruments:
    """Waiting, scored together, refused. May be called from any thread."""

    _duels: Histogram
    _waited: Histogram
    _refusals: Counter
    _labels: Labels
    _series: dict[str, Bound] = field(default_factory=dict)
    _waiting: list[Callable[[], int]] = field(default_factory=list)

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        made = cls(
            signals.histogram("model_batch_duels"),
            signals.histogram("model_queue_duration"),
            signals.counter("model_refusals"),
            signals.labels("model_refusals"),
        )
        for reason in (OVERLOAD, QUEUE_FULL, NO_MODEL, STOPPING):
            made.refused(reason, 0)
        signals.gauge("model_queue_duels", made._observe_waiting)
        return made

    def scored(self, duels: int, longest_wait: float, /) -> None:
        """Note a batch, and how many seconds the first of its jobs had waited for it."""
        self._duels.record(duels)
        self._waited.record(longest_wait)

    def refused(self, reason: str, duels: int, /) -> None:
        """Note duels that were not scored."""
        series = self._series.get(reason)
        if series is None:
            series = self._series[reason] = Bound(self._refusals, self._labels(reason))
        series.record(duels)

    def watch_waiting(self, waiting: Callable[[], int], /) -> None:
        """Ask ``waiting``, whenever someone looks, how many duels wait."""
        self._waiting[:] = [waiting]

    def _observe_waiting(self) -> Iterator[Observation]:
        for waiting in self._waiting:
            yield Observation(waiting())
