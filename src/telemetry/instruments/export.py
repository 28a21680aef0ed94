"""What telemetry tells about its own way to the collector."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.metrics import Observation

from telemetry.signals import OTHER, schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.sdk._shared_internal import BatchProcessor

    from telemetry.signals import SignalMeter

TRACES: Final = "traces"
METRICS: Final = "metrics"
LOGS: Final = "logs"


@dataclass(slots=True)
class Attempt:
    """One batch on its way to the collector."""

    succeeded: bool = False


class ExportCounts:
    """Counts batches and losses. May be called from any thread.

    Exporters exist before the meters do, so the counts are kept here and observed by them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Alerts on an increase need the zero before the first loss.
        self._exports = Counter(_zeros("telemetry_exports"))
        self._lost = Counter(_zeros("telemetry_lost"))

    def observe_by(self, signals: SignalMeter) -> None:
        """Create the instruments."""
        exports, lost = signals.labels("telemetry_exports"), signals.labels("telemetry_lost")

        def observe_exports() -> Iterator[Observation]:
            for values, count in self._read(self._exports):
                yield Observation(count, exports(*values))

        def observe_lost() -> Iterator[Observation]:
            for values, count in self._read(self._lost):
                yield Observation(count, lost(*values))

        signals.observed_counter("telemetry_exports", observe_exports)
        signals.observed_counter("telemetry_lost", observe_lost)

    @contextmanager
    def export(self, signal: str, items: int) -> Iterator[Attempt]:
        """Count a batch by what the block says of it; a block that raises has failed."""
        attempt = Attempt()
        try:
            yield attempt
        finally:
            outcome = "succeeded" if attempt.succeeded else "failed"
            with self._lock:
                self._exports[signal, outcome] += 1
                if not attempt.succeeded:
                    self._lost[signal, "export_failed"] += items

    def queued(self, signal: str, queue: BatchProcessor[Any]) -> None:
        """Count what ``queue`` is about to push out for another item, if it is full."""
        # The SDK has no public name for either; a test holds them to what they mean.
        if len(queue._queue) >= queue._max_queue_size:  # noqa: SLF001
            with self._lock:
                self._lost[signal, "queue_full"] += 1

    def _read(self, counts: Counter[tuple[str, str]]) -> list[tuple[tuple[str, str], int]]:
        with self._lock:
            return list(counts.items())


def _zeros(name: str) -> dict[tuple[str, str], int]:
    known = schema()
    first, second = (
        [value for value in known.attributes[attribute].values if value != OTHER]
        for attribute in known.signals[name].attributes
    )
    return {(one, other): 0 for one in first for other in second}
