"""What the reference population looks like, beside which production is seen to drift."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from opentelemetry.metrics import Observation

from telemetry.signals import schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from telemetry.signals import Labels, SignalMeter


@dataclass(frozen=True, slots=True)
class DriftInstruments:
    """The reference's share of each bucket of ``model_win_probability``."""

    _labels: Labels
    _shares: dict[str, float] = field(default_factory=dict)

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        made = cls(signals.labels("reference_win_probability_share"))
        signals.gauge("reference_win_probability_share", made._observe)
        return made

    def reference_scored(self, win_probabilities: Iterable[float]) -> None:
        """Take what the model that answers now says of the reference population."""
        bounds = schema().buckets["probability"]
        counts = [0] * len(bounds)
        for probability in win_probabilities:
            counts[bisect_left(bounds, probability)] += 1
        rows = sum(counts)
        self._shares.update(
            {f"{bound:g}": count / rows for bound, count in zip(bounds, counts, strict=True)}
        )

    def _observe(self) -> Iterator[Observation]:
        for bound, share in list(self._shares.items()):
            yield Observation(share, self._labels(bound))
