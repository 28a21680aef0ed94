"""Models to register, and where."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import catboost
import numpy as np
import pytest

from config.settings import ModelSettings
from registry.client import open_client
from registry.manifest import ModelRelease, TrainingData, file_sha256
from registry.tracking import ModelRegistry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = ["power", "speed", "accuracy"]


@pytest.fixture(scope="session")
def fresh_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data folder with an MLflow that has made its tables and holds nothing."""
    data_dir = tmp_path_factory.mktemp("fresh")
    ModelRegistry.open(ModelSettings(), data_dir)
    open_client(ModelSettings(), data_dir).search_experiments()
    return data_dir


@pytest.fixture
def train(tmp_path: Path) -> Callable[[int], tuple[Path, ModelRelease]]:
    """Give ``train(seed)``: a model of two trees on random numbers, and its release."""

    def _train(seed: int) -> tuple[Path, ModelRelease]:
        random = np.random.default_rng(seed)
        model = catboost.CatBoostRegressor(
            iterations=2, random_seed=seed, allow_writing_files=False, verbose=False
        )
        model.fit(random.random((50, 3)), random.random(50))
        path = tmp_path / f"model {seed}.cbm"
        model.save_model(str(path))
        return path, ModelRelease(
            sha256=file_sha256(path),
            contract_version="1-abcdef01",
            feature_names=NAMES,
            metrics={"regret": 0.01, "hit": 0.9},
            params={"iterations": 2, "random_seed": seed},
            training_data=TrainingData(sha256="0" * 64, rows=50, games=5000),
            trained_at=datetime(2026, 1, 30, 12, tzinfo=UTC),
        )

    return _train
