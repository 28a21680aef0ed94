"""Rows to capture."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from capture.counts import CountedEvents
from capture.record import CapturedPrediction
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

NOON = datetime(2026, 1, 30, 12, 0, 0, 123456, tzinfo=UTC)


def _predictions(count: int, first: int = 0) -> list[CapturedPrediction]:
    """Distinct rows: row i holds features i, i+1, ... and every third one leaves fields open."""
    width = len(FEATURE_NAMES)
    return [
        CapturedPrediction(
            features=np.arange(i, i + width, dtype="<f4").tobytes(),
            prediction_id=f"p{i}",
            predicted_at=NOON + timedelta(seconds=i),
            trace_id=None if i % 3 == 0 else f"{i:032x}",
            model_version="v2",
            pokemon_a_id=1,
            pokemon_b_id=10033,
            available_moves=["surf", "ice-beam", "earthquake"][: 1 + i % 3],
            available_moves_b=None if i % 3 == 0 else ["thunderbolt"],
            recommended_move="surf",
            win_probability=0.1 + i / 1e6,
            win_probabilities=[0.1 + i / 1e6, 0.2, 0.3][: 1 + i % 3],
        )
        for i in range(first, first + count)
    ]


@pytest.fixture
def make_predictions() -> Callable[..., list[CapturedPrediction]]:
    """Give distinct rows: ``make_predictions(count, first=0)``."""
    return _predictions


@pytest.fixture
def events() -> CountedEvents:
    """Count what capture reports."""
    return CountedEvents()
