"""The loaded model: feature rows in, win probabilities out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from catboost import CatBoost

from features.contract import CONTRACT_VERSION, FEATURE_NAMES

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray


class IncompatibleModelError(Exception):
    """A model was trained on other features than this code computes."""


@dataclass(frozen=True, slots=True)
class Predictor:
    """A model that is ready to score.

    ``version`` is the label under which its answers are known, ``v<registry version>``.
    """

    model: CatBoost
    version: str

    @classmethod
    def load(cls, path: Path, *, version: str, contract_version: str) -> Predictor:
        """Load a CatBoost model file.

        Raises:
            IncompatibleModelError: the model's contract or its feature names are not ours.

        """
        if contract_version != CONTRACT_VERSION:
            raise IncompatibleModelError(
                f"model {version} was trained on feature contract {contract_version}, this code "
                f"computes {CONTRACT_VERSION}: retrain with `make train`"
            )
        model = CatBoost()
        model.load_model(str(path))
        if tuple(model.feature_names_) != FEATURE_NAMES:
            raise IncompatibleModelError(f"model {version} names other features than the contract")
        return cls(model=model, version=version)

    def predict(self, rows: pl.DataFrame) -> NDArray[np.float64]:
        """Give A's probability to win for each feature row (columns in contract order)."""
        # One thread: batches are small, and the cores belong to the event loops.
        return cast(
            "NDArray[np.float64]",
            self.model.predict(
                np.ascontiguousarray(rows.to_numpy()),
                prediction_type="Probability",
                thread_count=1,
            )[:, 1],
        )
