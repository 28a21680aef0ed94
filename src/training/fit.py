"""Fit CatBoost to the win rates of simulated duels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from catboost import CatBoost, Pool

from features.contract import FEATURE_NAMES
from training import residual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.dataset import Examples

PATIENCE: Final = 60
"""Trees without progress on the validation rows after which a fit that has some ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What a fit can be told."""

    iterations: int = 500
    depth: int = 6
    learning_rate: float = 0.08
    l2_leaf_reg: float = 5.0
    border_count: int = 128
    subsample: float = 0.8
    """Share of the rows that each tree looks at."""
    colsample: float = 1.0
    """Share of the features that each split looks at."""
    weight_power: float = 1.0
    """A row weighs its number of games to this power: 0 for all alike."""
    residual: bool = False
    """Learn on top of the physics, see :mod:`training.residual`."""
    seed: int = 20260131
    threads: int = 2


def fit(
    train: Examples,
    parameters: Parameters,
    *,
    features: Sequence[str] = FEATURE_NAMES,
    validation: Examples | None = None,
    verbose: bool = False,
) -> CatBoost:
    """Train on soft labels: cross-entropy against the win rate, weighted by the games behind it.

    Args:
        train: what to learn from.
        parameters: how.
        features: the columns to learn from.
        validation: if given, the fit ends when it stops getting better on these rows, and the
            model is cut there; otherwise it has all its iterations.
        verbose: print progress.

    """
    model = CatBoost(
        {
            "loss_function": "CrossEntropy",
            "iterations": parameters.iterations,
            "depth": parameters.depth,
            "learning_rate": parameters.learning_rate,
            "l2_leaf_reg": parameters.l2_leaf_reg,
            "border_count": parameters.border_count,
            "bootstrap_type": "MVS",
            "subsample": parameters.subsample,
            "rsm": parameters.colsample,
            "random_seed": parameters.seed,
            "thread_count": parameters.threads,
            "allow_writing_files": False,
            "verbose": 50 if verbose else False,
        }
    )
    if validation is None:
        model.fit(_pool(train, parameters, features))
    else:
        model.fit(
            _pool(train, parameters, features),
            eval_set=_pool(validation, parameters, features),
            early_stopping_rounds=PATIENCE,
        )
    if parameters.residual:
        residual.mark(model)
    return model


def _pool(rows: Examples, parameters: Parameters, features: Sequence[str]) -> Pool:
    weight = rows.games.astype(np.float64) ** parameters.weight_power
    return Pool(
        np.ascontiguousarray(rows.features.select(features).to_numpy()),
        label=rows.win_rate,
        weight=weight / weight.mean(),
        baseline=residual.baseline(rows.features) if parameters.residual else None,
        feature_names=list(features),
    )
