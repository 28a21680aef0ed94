"""What the service tells about a model that is scored beside the champion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from telemetry.signals import OTHER, schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.metrics import Counter, Histogram

    from telemetry.signals import Labels, SignalMeter


@dataclass(frozen=True, slots=True)
class ShadowInstruments:
    """Scored a second time, passed over, failed. May be called from any thread."""

    _predictions: Counter
    _disagreements: Counter
    _failures: Counter
    _difference: Histogram
    _duration: Histogram
    _version: Labels
    _skips: Counter
    _reasons: Labels

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        made = cls(
            signals.counter("shadow_predictions"),
            signals.counter("shadow_disagreements"),
            signals.counter("shadow_failures"),
            signals.histogram("shadow_difference"),
            signals.histogram("shadow_prediction_duration"),
            signals.labels("shadow_predictions"),
            signals.counter("shadow_skips"),
            signals.labels("shadow_skips"),
        )
        for reason in schema().attributes["shadow_skip"].values:
            if reason != OTHER:
                made._skips.add(0, made._reasons(reason))
        return made

    def expect(self, model_version: str) -> None:
        """Begin a version's series at 0: rate() does not see what a series begins with."""
        for counter in (self._predictions, self._disagreements, self._failures):
            counter.add(0, self._version(model_version))

    def compared(
        self,
        model_version: str,
        seconds: float,
        differences: Sequence[float],
        disagreements: int,
    ) -> None:
        """Note predictions that were scored together, a second time."""
        version = self._version(model_version)
        self._predictions.add(len(differences), version)
        self._disagreements.add(disagreements, version)
        self._duration.record(seconds, version)
        for difference in differences:
            self._difference.record(difference, version)

    def skipped(self, reason: str, predictions: int) -> None:
        """Note predictions that were passed over."""
        self._skips.add(predictions, self._reasons(reason))

    def failed(self, model_version: str, predictions: int) -> None:
        """Note predictions that could not be scored."""
        self._failures.add(predictions, self._version(model_version))
