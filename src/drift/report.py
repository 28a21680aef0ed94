"""What a drift report says. Plain data, which the service can read without any statistics."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  # msgspec resolves field types when it decodes
from enum import StrEnum
from typing import Final

import msgspec


class Verdict(StrEnum):
    """What the window says, all in all."""

    NO_DATA = "no_data"
    """No file holds a prediction of the model that answers."""
    TOO_FEW = "too_few"
    """Too few predictions for a verdict."""
    UNKNOWN = "unknown"
    """There is nothing to compare with: the model carries no baseline of today's bins."""
    STEADY = "steady"
    """Nothing has moved."""
    DRIFTED = "drifted"
    """Something has; ``reasons`` say what."""


class DriftReason(StrEnum):
    """What has moved."""

    FEATURES = "features"
    """Other matchups are asked about than the model learnt from."""
    PREDICTIONS = "predictions"
    """Other win probabilities are answered."""
    CONCEPT = "concept"
    """Battles are won otherwise than predicted."""
    FORMS = "forms"
    """Forms are asked about that the model has hardly met."""
    QUALITY = "quality"
    """Features are missing or are not what their contract allows."""


class FeatureDrift(msgspec.Struct, frozen=True, kw_only=True):
    """One feature beside its baseline."""

    name: str
    psi: float
    """Population stability index, less its mean under no drift."""
    p: float
    """Chance of lying apart so far without drift, corrected for the number of features."""
    drifted: bool
    """Both are beyond their limits."""


class PredictionDrift(msgspec.Struct, frozen=True, kw_only=True):
    """Win probabilities beside those of the baseline."""

    psi: float
    p: float
    drifted: bool
    baseline: list[float]
    """Shares of the ten buckets of ``model_win_probability``."""
    window: list[float]


class ConceptDrift(msgspec.Struct, frozen=True, kw_only=True):
    """What feedback says of a model version's answers."""

    model_version: str
    judged: int
    """Predictions with feedback, the latest ones."""
    won: float
    """Mean of what A reached: 1 for a win, a half for a draw."""
    predicted: float
    """Mean of the win probability; a calibrated model's is ``won``."""
    wins_z: float
    """By how many standard deviations of a calibrated model more was won than predicted."""
    brier: float
    """Mean of the squared error."""
    expected_brier: float
    """Of a calibrated model with these answers."""
    brier_z: float
    """By how many standard deviations of a calibrated model the error is larger than that."""
    enough: bool
    drifted: bool

    @property
    def z(self) -> dict[str, float]:
        """Both distances, by what is held against feedback."""
        return {"wins": self.wins_z, "brier": self.brier_z}


class Forms(msgspec.Struct, frozen=True, kw_only=True):
    """Forms that the baseline hardly holds."""

    unseen: dict[int, int]
    """Rows by such a form's id, on either side."""
    share: float
    """Of all rows, counted for each side."""
    drifted: bool


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """Values that are no number or beyond what their unit allows."""

    null: dict[str, int]
    """By feature; those without any are left out."""
    outside: dict[str, int]
    failed: bool


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """How many predictions are made, beside how many were made lately."""

    last_hour: int
    usual: float | None
    """An hour, by the median of the day before; None before there are enough hours."""

    @property
    def ratio(self) -> float | None:
        """The last hour's beside the usual."""
        return self.last_hour / self.usual if self.usual else None


OF_THE_ASKED: Final = frozenset({DriftReason.FEATURES, DriftReason.PREDICTIONS, DriftReason.FORMS})
"""What moves because other matchups are asked about, which a model can learn from simulated
battles. That people play otherwise than the simulator, or that features are broken, it cannot."""


class DriftReport(msgspec.Struct, frozen=True, kw_only=True):
    """Production of a span of time beside the population that a model was trained for."""

    verdict: Verdict
    reasons: list[DriftReason]
    detail: str
    """The verdict in words."""
    model_version: str
    since: datetime | None
    """When the first and the last of the predictions were made."""
    until: datetime | None
    rows: int
    """Predictions of that version that stand in files; later ones wait in the journal."""
    baseline_rows: int
    skipped_files: int
    """Files that could not be read or hold other features."""
    features: list[FeatureDrift]
    """In the order of the contract; empty without a verdict."""
    predictions: PredictionDrift | None
    concept: list[ConceptDrift]
    forms: Forms | None
    quality: Quality | None
    volume: Volume
    computed_at: datetime
    seconds: float
    """Time it took."""

    @property
    def standing(self) -> str:
        """What lasts while reports go on to say it: the verdict, and on what account."""
        otherwise = self.verdict is Verdict.DRIFTED and OF_THE_ASKED.isdisjoint(self.reasons)
        return f"{self.verdict.value} otherwise" if otherwise else self.verdict.value

    @property
    def drifted_features(self) -> list[FeatureDrift]:
        """Those that moved, the furthest first."""
        moved = [feature for feature in self.features if feature.drifted]
        return sorted(moved, key=lambda feature: feature.psi, reverse=True)
