"""What ``/drift`` may answer, for its documentation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from app.status.drift_schema import CaptureState, DriftAnswer
from drift.report import (
    ConceptDrift,
    DriftReason,
    DriftReport,
    FeatureDrift,
    Forms,
    PredictionDrift,
    Quality,
    Verdict,
    Volume,
)

ANSWER: Final = DriftAnswer(
    report_state="current",
    report_age_seconds=12.4,
    model_version="v1",
    report=DriftReport(
        verdict=Verdict.DRIFTED,
        reasons=[DriftReason.FEATURES],
        detail="features: 1 of 133 features moved",
        model_version="v1",
        since=datetime(2025, 11, 21, 13, 2, 11, 80_000, UTC),
        until=datetime(2025, 11, 21, 14, 0, 32, 160_000, UTC),
        rows=1_000,
        baseline_rows=10_000,
        skipped_files=0,
        features=[
            FeatureDrift(name="a_hp", psi=0.0012, p=1.0, drifted=False),
            FeatureDrift(name="b_known", psi=0.131, p=3.1e-19, drifted=True),
        ],
        predictions=PredictionDrift(
            psi=0.0004,
            p=0.21,
            drifted=False,
            baseline=[0.158, 0.062, 0.049, 0.042, 0.046, 0.048, 0.051, 0.065, 0.092, 0.387],
            window=[0.155, 0.066, 0.047, 0.043, 0.045, 0.05, 0.052, 0.063, 0.095, 0.384],
        ),
        concept=[
            ConceptDrift(
                model_version="v1",
                judged=412,
                won=0.623,
                predicted=0.618,
                wins_z=0.34,
                brier=0.071,
                expected_brier=0.069,
                brier_z=0.28,
                enough=True,
                drifted=False,
            )
        ],
        forms=Forms(unseen={}, share=0.0, drifted=False),
        quality=Quality(null={}, outside={}, failed=False),
        volume=Volume(last_hour=2_031, usual=1_874.0),
        computed_at=datetime(2025, 11, 21, 14, 5, 40, 0, UTC),
        seconds=0.021,
    ),
    capture=CaptureState(pending_rows=42, trouble=None),
)
