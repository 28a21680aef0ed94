"""Duels to ask the released champion about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from battles.matchups import sample
from training import dataset, released
from training.evaluation import excess_brier
from training.judged import Judged

if TYPE_CHECKING:
    from features.dex import Dex
    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor

SEED = 20_260_203


@pytest.fixture(scope="session")
def duels(dex: Dex) -> pl.DataFrame:
    """Draw 2,000 duels, half of them with B's moves unknown, as features take them."""
    plan = sample(dex, {"closed": 1000, "open": 1000}, SEED)
    return plan.select(
        "pokemon_a_id",
        "pokemon_b_id",
        pl.col("moves_a").list.sort(),
        pl.when("b_known").then(pl.col("moves_b").list.sort()).alias("moves_b"),
    )


@pytest.fixture(scope="session")
def model_error(frames: MatchupFrames, champion: Predictor) -> float:
    """Give the champion's distance to the truth, root mean square, noise of the truth taken off."""
    judged = Judged.of(frames, dataset.read(released.TRUTH_FILE), dataset.read(released.AGAIN_FILE))
    predicted = champion.predict(judged.examples.features)
    return float(np.sqrt(excess_brier(predicted, judged.pooled, judged.games).mean()))
