"""Fit CatBoost to the win rates of simulated duels.

A fit has two parts, summed into one model. The first few trees see the facts of a duel alone; all
others start from what those say and see everything, the kernel's games included. The games alone
would be enough to predict with, and the facts would then go unused; this way a contribution
(SHAP) says what the facts are worth, and what the games know beyond them. A few
shallow ones cost nothing in accuracy; sixty would cost half a point of choice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from catboost import CatBoost, Pool, sum_models

from features.contract import FEATURE_NAMES
from features.groups import FEATURES_OF, Group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.dataset import Examples

PATIENCE: Final = 60
"""Trees without progress on the validation rows after which a fit that has some ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What a fit can be told."""

    iterations: int = 600
    depth: int = 6
    learning_rate: float = 0.08
    fact_trees: int = 20
    """Trees that come first and see the facts alone."""
    fact_depth: int = 4
    fact_learning_rate: float = 0.3
    l2_leaf_reg: float = 5.0
    border_count: int = 128
    subsample: float = 0.8
    """Share of the rows that each tree looks at."""
    colsample: float = 1.0
    """Share of the features that each split looks at."""
    weight_power: float = 1.0
    """A row weighs its number of games to this power: 0 for all alike."""
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

    Returns:
        A model whose raw values are log-odds.

    """
    if not parameters.fact_trees:
        return _fit(train, parameters, features, validation, None, verbose=verbose)
    games = FEATURES_OF[Group.GAMES]
    first = _fit(
        train,
        replace(
            parameters,
            iterations=parameters.fact_trees,
            depth=parameters.fact_depth,
            learning_rate=parameters.fact_learning_rate,
        ),
        features,
        None,
        None,
        ignored=[place for place, name in enumerate(features) if name in games],
        verbose=verbose,
    )
    rest = _fit(train, parameters, features, validation, first, verbose=verbose)
    return sum_models([first, rest])


def _fit(  # noqa: PLR0913  # what one part of a fit is made of
    train: Examples,
    parameters: Parameters,
    features: Sequence[str],
    validation: Examples | None,
    base: CatBoost | None,
    *,
    ignored: Sequence[int] = (),
    verbose: bool,
) -> CatBoost:
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
            "ignored_features": list(ignored),
            "allow_writing_files": False,
            "verbose": 50 if verbose else False,
        }
    )
    pool = _pool(train, parameters, features, base)
    if validation is None:
        model.fit(pool)
    else:
        compared = _pool(validation, parameters, features, base)
        model.fit(pool, eval_set=compared, early_stopping_rounds=PATIENCE)
    return model


def _pool(
    rows: Examples, parameters: Parameters, features: Sequence[str], base: CatBoost | None
) -> Pool:
    weight = rows.games.astype(np.float64) ** parameters.weight_power
    matrix: NDArray[np.float32] = np.ascontiguousarray(rows.features.select(features).to_numpy())
    return Pool(
        matrix,
        label=rows.win_rate,
        weight=weight / weight.mean(),
        baseline=None if base is None else base.predict(matrix, prediction_type="RawFormulaVal"),
        feature_names=list(features),
    )
