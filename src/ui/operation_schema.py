"""What the pages read of the service's answers about itself: model, health and drift."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  # msgspec resolves field types when it decodes

import msgspec


class CalibrationBin(msgspec.Struct, frozen=True):
    """Judged openings whose win probabilities fall into one tenth of the scale."""

    rows: int
    predicted: float
    won: float


class ModelInfo(msgspec.Struct, frozen=True):
    """The model that answers."""

    name: str
    version: str
    alias: str
    features: list[str]
    features_contract: str
    metrics: dict[str, float]
    calibration: list[CalibrationBin]
    training_data: dict[str, str | int | float]
    trained_at: datetime
    card: str


class Component(msgspec.Struct, frozen=True):
    """How a part of the service is."""

    state: str
    detail: str


class Health(msgspec.Struct, frozen=True):
    """How the service is."""

    status: str
    version: str
    components: dict[str, Component]


class FeatureDrift(msgspec.Struct, frozen=True):
    """One feature beside its baseline."""

    name: str
    psi: float
    drifted: bool


class PredictionDrift(msgspec.Struct, frozen=True):
    """Shares of win probabilities by ten buckets, beside the baseline's."""

    psi: float
    drifted: bool
    baseline: list[float]
    window: list[float]


class ConceptDrift(msgspec.Struct, frozen=True):
    """What feedback says of a model version's answers."""

    model_version: str
    judged: int
    won: float
    predicted: float
    drifted: bool


class DriftReport(msgspec.Struct, frozen=True):
    """Production of a span of time beside the population that the model was trained for."""

    verdict: str
    detail: str
    since: datetime | None
    until: datetime | None
    rows: int
    features: list[FeatureDrift]
    predictions: PredictionDrift | None
    concept: list[ConceptDrift]
    computed_at: datetime


class CaptureState(msgspec.Struct, frozen=True):
    """Predictions on their way to a file."""

    pending_rows: int
    trouble: str | None


class Drift(msgspec.Struct, frozen=True):
    """How far production has moved from what the model was trained for."""

    report_state: str
    model_version: str | None
    report: DriftReport | None
    capture: CaptureState
