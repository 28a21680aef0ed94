"""What the service's metrics say of feedback and of the loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Bucket:
    """Judged predictions whose win probability lay in one tenth."""

    judged: int
    predicted: float
    """Mean of the win probabilities."""
    won: float
    """Share that A won, a draw being half."""


@dataclass(frozen=True, slots=True)
class Loop:
    """Where the cycle under way is, and how often each step has come to what."""

    state: str | None
    steps: Mapping[tuple[str, str], int]
    """By step and outcome; those that never were are left out."""


def calibration(metrics: str, model_version: str) -> list[Bucket]:
    """Read what feedback says of a model's answers, the lowest bucket first."""
    sums: dict[str, dict[str, float]] = {}
    for name, labels, value in _samples(metrics):
        if labels.get("model_version") == model_version and "bound" in labels:
            sums.setdefault(name, {})[labels["bound"]] = value
    judged = sums.get("feedback_predictions_total", {})
    return [
        Bucket(
            round(count),
            sums["feedback_expected_wins_total"][bound] / count,
            sums["feedback_wins_total"][bound] / count,
        )
        for bound, count in sorted(judged.items(), key=lambda entry: float(entry[0]))
        if count
    ]


def loop(metrics: str) -> Loop:
    """Read how it goes with replacing the model."""
    state, steps = None, {}
    for name, labels, value in _samples(metrics):
        if name == "lifecycle_state" and value:
            state = labels["state"]
        elif name == "lifecycle_steps" and value:
            steps[labels["step"], labels["outcome"]] = round(value)
    return Loop(state, steps)


def _samples(metrics: str) -> Iterator[tuple[str, Mapping[str, str], float]]:
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            yield sample.name, sample.labels, sample.value
