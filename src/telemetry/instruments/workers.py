"""What the service tells about the processes that serve."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from opentelemetry.metrics import Observation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opentelemetry.metrics import Counter

    from telemetry.signals import SignalMeter


@dataclass(frozen=True, slots=True)
class WorkerInstruments:
    """Serving processes, and those that had to be started anew."""

    _restarts: Counter
    _serving: list[Callable[[], int]] = field(default_factory=list)

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        made = cls(signals.counter("service_worker_restarts"))
        made._restarts.add(0)
        signals.gauge("service_workers", made._observe_serving)
        return made

    def restarted(self) -> None:
        """Note a process that took the place of one that had ended by itself."""
        self._restarts.add(1)

    def watch(self, serving: Callable[[], int]) -> None:
        """Ask ``serving``, whenever someone looks, how many processes serve."""
        self._serving[:] = [serving]

    def _observe_serving(self) -> Iterator[Observation]:
        for serving in self._serving:
            yield Observation(serving())
