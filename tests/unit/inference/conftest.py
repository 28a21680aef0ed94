"""A small real model, quick to train."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from catboost import CatBoost, Pool

from features.contract import CONTRACT_VERSION, FEATURE_NAMES
from inference.predictor import Predictor

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train five trees on noise, under the contract's names."""
    draw = np.random.default_rng(0)
    model = CatBoost(
        {"iterations": 5, "loss_function": "CrossEntropy", "allow_writing_files": False}
    )
    model.fit(
        Pool(
            draw.random((200, len(FEATURE_NAMES))),
            label=draw.random(200),
            feature_names=list(FEATURE_NAMES),
        ),
        verbose=False,
    )
    path = tmp_path_factory.mktemp("model") / "model.cbm"
    model.save_model(str(path))
    return path


@pytest.fixture(scope="session")
def predictor(model_path: Path) -> Predictor:
    """Load the small model."""
    return Predictor.load(model_path, version="v1", contract_version=CONTRACT_VERSION)
