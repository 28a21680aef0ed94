"""Rows as the service captures them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import numpy as np

from capture.prediction_id import new_prediction_id
from capture.record import CapturedPrediction
from features.contract import FEATURE_NAMES

_FEATURES: Final = np.zeros(len(FEATURE_NAMES), "<f4").tobytes()


def captured(**changes: Any) -> CapturedPrediction:
    """Give a row of this moment with an id of its own, but for what is changed in it."""
    row = CapturedPrediction(
        features=_FEATURES,
        prediction_id=new_prediction_id(),
        predicted_at=datetime.now(UTC),
        trace_id=None,
        model_version="v1",
        pokemon_a_id=1,
        pokemon_b_id=25,
        available_moves=["surf"],
        available_moves_b=None,
        recommended_move="surf",
        win_probability=0.5,
        win_probabilities=[0.5],
    )
    return msgspec.structs.replace(row, **changes)
