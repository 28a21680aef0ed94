"""Fit CatBoost to the win rates of simulated duels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from catboost import CatBoost, Pool

from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from training.dataset import Examples


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What a fit can be told."""

    iterations: int = 1200
    depth: int = 8
    learning_rate: float = 0.08
    l2_leaf_reg: float = 5.0
    seed: int = 20260131
    threads: int = 2


def fit(train: Examples, parameters: Parameters, *, verbose: bool = False) -> CatBoost:
    """Train on soft labels: cross-entropy against the win rate, weighted by the games behind it."""
    model = CatBoost(
        {
            "loss_function": "CrossEntropy",
            "iterations": parameters.iterations,
            "depth": parameters.depth,
            "learning_rate": parameters.learning_rate,
            "l2_leaf_reg": parameters.l2_leaf_reg,
            "random_seed": parameters.seed,
            "thread_count": parameters.threads,
            "border_count": 254,
            "allow_writing_files": False,
            "verbose": 50 if verbose else False,
        }
    )
    model.fit(
        Pool(
            np.ascontiguousarray(train.features.to_numpy()),
            label=train.win_rate,
            weight=train.games / train.games.mean(),
            feature_names=list(FEATURE_NAMES),
        )
    )
    return model
