"""Models to register."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import catboost
import numpy as np
import pytest

from registry.manifest import ModelRelease, TrainingData, file_sha256

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = ["power", "speed", "accuracy"]


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
