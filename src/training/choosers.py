"""The choosers that a model is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray


def naive(features: pl.DataFrame) -> NDArray[np.float64]:
    """Multiply power, same-type bonus, type multiplier and accuracy."""
    return features.select(
        (pl.col("move_effective_power") * pl.col("move_hit_chance")).cast(pl.Float64)
    )[:, 0].to_numpy()


def race(features: pl.DataFrame) -> NDArray[np.float64]:
    """Take the feature that runs the damage race as the probability."""
    return features["race"].cast(pl.Float64).to_numpy()


def random(features: pl.DataFrame, seed: int = 0) -> NDArray[np.float64]:
    """Think any move as good as another."""
    return np.random.default_rng(seed).random(features.height)
