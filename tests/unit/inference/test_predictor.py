"""The loaded model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from catboost import CatBoost, Pool

from features.contract import CONTRACT_VERSION, FEATURE_NAMES
from inference.predictor import IncompatibleModelError, Predictor

if TYPE_CHECKING:
    from pathlib import Path


def test_probabilities_are_the_models_own(predictor: Predictor, model_path: Path) -> None:
    """One probability a row, what CatBoost says of the same matrix to the point."""
    rows = pl.DataFrame(
        np.random.default_rng(1).random((7, len(FEATURE_NAMES)), dtype=np.float32),
        schema=list(FEATURE_NAMES),
    )
    model = CatBoost()
    model.load_model(str(model_path))
    exact = 1 / (1 + np.exp(-model.predict(rows.to_numpy(), prediction_type="RawFormulaVal")))
    assert predictor.predict(rows.to_numpy()).tolist() == (np.round(exact * 100) / 100).tolist()


def test_a_model_of_another_contract_is_refused(model_path: Path) -> None:
    """The error names both contracts and the cure."""
    with pytest.raises(IncompatibleModelError, match=rf"0-old.*{CONTRACT_VERSION}.*make train"):
        Predictor.load(model_path, version="v1", contract_version="0-old")


def test_a_model_with_other_features_is_refused(tmp_path: Path) -> None:
    """A file whose columns are not the contract's is refused whatever its manifest says."""
    model = CatBoost({"iterations": 1, "allow_writing_files": False})
    model.fit(Pool([[0.0], [1.0]], label=[0.0, 1.0]), verbose=False)
    model.save_model(str(tmp_path / "model.cbm"))
    with pytest.raises(IncompatibleModelError, match="other features"):
        Predictor.load(tmp_path / "model.cbm", version="v1", contract_version=CONTRACT_VERSION)


def test_contributions_add_up_to_the_prediction(predictor: Predictor) -> None:
    """The base and the contributions of a row sum to its log-odds."""
    rows = np.random.default_rng(2).random((5, len(FEATURE_NAMES)), dtype=np.float32)
    parts = predictor.contributions(rows)
    assert parts.shape == (5, len(FEATURE_NAMES) + 1)
    exact = predictor.model.predict(rows, prediction_type="RawFormulaVal")
    assert parts.sum(axis=1) == pytest.approx(exact, abs=1e-9)
