"""What the reference population looks like, and how far production is seen to drift from it."""

from __future__ import annotations

import time
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from opentelemetry.metrics import Observation

from telemetry.signals import OTHER, schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from telemetry.signals import Labels, SignalMeter


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedDrift:
    """What of a drift report becomes metrics; None where the report says nothing."""

    verdict: str
    reasons: frozenset[str]
    feature_psi: Mapping[str, float]
    drifted_features: int
    prediction_psi: float | None
    concept_z: Mapping[str, float]
    """By score."""
    unseen_form_share: float | None
    broken_features: int
    rows: int
    volume_ratio: float | None
    made_at: float
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class DriftInstruments:
    """The reference's share of each bucket of ``model_win_probability``, and the last report."""

    _signals: SignalMeter
    _labels: Labels
    _shares: dict[str, float] = field(default_factory=dict)
    _last: list[ReportedDrift] = field(default_factory=list)
    """The last report, if there is one."""

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        made = cls(signals, signals.labels("reference_win_probability_share"))
        signals.gauge("reference_win_probability_share", made._observe)
        made._by_label("drift_feature_psi", lambda last: last.feature_psi)
        made._by_label("drift_concept_z", lambda last: last.concept_z)
        made._by_label("drift_verdict", lambda last: _states("verdict", {last.verdict}))
        made._by_label("drift_reason", lambda last: _states("drift_reason", last.reasons))
        made._number("drift_features_drifted", lambda last: last.drifted_features)
        made._number("drift_prediction_psi", lambda last: last.prediction_psi)
        made._number("drift_unseen_form_share", lambda last: last.unseen_form_share)
        made._number("drift_broken_features", lambda last: last.broken_features)
        made._number("drift_window_rows", lambda last: last.rows)
        made._number("drift_volume_ratio", lambda last: last.volume_ratio)
        made._number("drift_report_age", lambda last: max(0.0, time.time() - last.made_at))
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

    def reported(self, report: ReportedDrift) -> None:
        """Take the last report."""
        self._last[:] = [report]

    def _observe(self) -> Iterator[Observation]:
        for bound, share in list(self._shares.items()):
            yield Observation(share, self._labels(bound))

    def _number(self, name: str, of: Callable[[ReportedDrift], float | None]) -> None:
        def observe() -> Iterator[Observation]:
            for last in list(self._last):
                value = of(last)
                if value is not None:
                    yield Observation(value)

        self._signals.gauge(name, observe)

    def _by_label(self, name: str, of: Callable[[ReportedDrift], Mapping[str, float]]) -> None:
        labels = self._signals.labels(name)

        def observe() -> Iterator[Observation]:
            for last in list(self._last):
                for label, value in of(last).items():
                    yield Observation(value, labels(label))

        self._signals.gauge(name, observe)


def _states(attribute: str, true: Iterable[str]) -> dict[str, float]:
    """Give 1 for what is so and 0 for whatever else an attribute may say."""
    so = set(true)
    allowed = schema().attributes[attribute].values
    return {value: float(value in so) for value in allowed if value != OTHER}
