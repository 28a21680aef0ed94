"""What commands tell about the model registry."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.metrics import Counter, Histogram

    from telemetry.signals import Labels, SignalMeter


@dataclass(frozen=True, slots=True)
class RegistryInstruments:
    """Requests to MLflow and how long they took."""

    _operations: Counter
    _duration: Histogram
    _labels: Labels

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        return cls(
            signals.counter("registry_operations"),
            signals.histogram("registry_operation_duration"),
            signals.labels("registry_operations"),
        )

    @contextmanager
    def operation(self, operation: str) -> Iterator[None]:
        """Time a block that asks the registry; one that raises has failed."""
        began = perf_counter()
        outcome = "failed"
        try:
            yield
            outcome = "succeeded"
        finally:
            labels = self._labels(operation, outcome)
            self._operations.add(1, labels)
            self._duration.record(perf_counter() - began, labels)
