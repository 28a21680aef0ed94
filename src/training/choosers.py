"""The choosers that a model is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from training.feature_roles import EFFECTIVE_POWER, EXPECTED_DAMAGE, HIT_CHANCE, PHYSICS

if TYPE_CHECKING:
    from numpy.typing import NDArray


_LESS_THAN_A_STEP: Final = 1e-6
"""Of probability: too little to matter but between equals."""


def naive(features: pl.DataFrame) -> NDArray[np.float64]:
    """Multiply power, same-type bonus, type multiplier and accuracy."""
    return features.select((pl.col(EFFECTIVE_POWER) * pl.col(HIT_CHANCE)).cast(pl.Float64))[
        :, 0
    ].to_numpy()


def games(features: pl.DataFrame) -> NDArray[np.float64]:
    """Take the share that A won of the games which the features play, with nothing learnt."""
    return features[PHYSICS].cast(pl.Float64).to_numpy()


def random(features: pl.DataFrame, seed: int = 0) -> NDArray[np.float64]:
    """Think any move as good as another."""
    return np.random.default_rng(seed).random(features.height)


def as_answered(predicted: NDArray[np.float64], features: pl.DataFrame) -> NDArray[np.float64]:
    """Rank a model's predictions as the service does: of equals the move of most damage."""
    expected: NDArray[np.float64] = features[EXPECTED_DAMAGE].cast(pl.Float64).to_numpy()
    scores: NDArray[np.float64] = predicted + _LESS_THAN_A_STEP * np.minimum(expected, 100.0)
    return scores
