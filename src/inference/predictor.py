"""The loaded model: feature rows in, win probabilities out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from features.contract import CONTRACT_VERSION, FEATURE_NAMES
from inference.catboost_alone import CatBoost, Pool
from inference.trees import Trees

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


STEPS: Final = 100
"""Probabilities come in steps of a point, half of the model's own error: what is closer than that
is equal, and expected damage decides between such moves."""


class IncompatibleModelError(Exception):
    """A model was trained on other features than this code computes."""


def require_contract(version: str, contract_version: str) -> None:
    """Make sure that a model was trained on the features that this code computes.

    Raises:
        IncompatibleModelError: it was trained on others.

    """
    if contract_version != CONTRACT_VERSION:
        raise IncompatibleModelError(
            f"model {version} was trained on feature contract {contract_version}, this code "
            f"computes {CONTRACT_VERSION}: retrain with `make train`"
        )


@dataclass(frozen=True, slots=True)
class Predictor:
    """A model that is ready to score.

    ``version`` is the label under which its answers are known, ``v<registry version>``.
    """

    model: CatBoost
    version: str
    trees: Trees | None = None
    """The model's own trees, where they can be summed without CatBoost."""

    @classmethod
    def load(cls, path: Path, *, version: str, contract_version: str) -> Predictor:
        """Load a CatBoost model file.

        Raises:
            IncompatibleModelError: the model's contract or its feature names are not ours.

        """
        require_contract(version, contract_version)
        model = CatBoost()
        model.load_model(str(path))
        if tuple(model.feature_names_) != FEATURE_NAMES:
            raise IncompatibleModelError(f"model {version} names other features than the contract")
        return cls(model, version, Trees.of(model))

    def predict(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Give A's probability to win for each feature row: shape (rows, 133), contract order.

        In steps of a point, see :data:`STEPS`.
        """
        rows = np.ascontiguousarray(rows)
        log_odds = (
            self.model.predict(rows, prediction_type="RawFormulaVal", thread_count=1)
            if self.trees is None
            else self.trees.sum(rows)
        )
        return np.round(STEPS / (1 + np.exp(-log_odds))) / STEPS

    def contributions(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Give what each feature adds to the log-odds that A wins: shape (rows, 133 + 1).

        SHAP values; the last column is what the model says of no row in particular, and a row's
        sum is the log-odds of its prediction before that is rounded.
        """
        return cast(
            "NDArray[np.float64]",
            self.model.get_feature_importance(
                Pool(np.ascontiguousarray(rows)), type="ShapValues", thread_count=1
            ),
        )
