"""The predictor that follows the model cache."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from catboost import CatBoost

from config.settings import ModelSettings
from features.contract import CONTRACT_VERSION, FEATURE_NAMES
from inference.reloader import PredictorReloader
from registry.cache import ModelCache
from registry.manifest import ModelManifest, TrainingData, file_sha256

if TYPE_CHECKING:
    from pathlib import Path


class _Events:
    def __init__(self) -> None:
        self.loaded: list[str] = []
        self.failures = 0
        self.checks = 0

    def model_load_failed(self) -> None:
        self.failures += 1

    def model_checked(self) -> None:
        self.checks += 1

    def model_loaded(
        self, version: str, seconds: float, /, *, trained_at: datetime | None = None
    ) -> None:
        assert seconds >= 0
        assert trained_at is not None
        self.loaded.append(version)


def _store(
    cache: ModelCache, model_path: Path, version: int, contract: str = CONTRACT_VERSION
) -> None:
    sha256 = file_sha256(model_path)
    cache.store(
        model_path,
        ModelManifest(
            sha256=sha256,
            contract_version=contract,
            feature_names=list(FEATURE_NAMES),
            metrics={},
            params={},
            training_data=TrainingData(sha256=sha256, rows=1, games=1),
            trained_at=datetime.now(UTC),
            name="dexwatch",
            version=version,
            alias="champion",
            run_id="",
            source="",
        ),
    )
    cache.activate(version)


async def _becomes(reloader: PredictorReloader, version: str) -> None:
    async with asyncio.timeout(10):
        while reloader.predictor is None or reloader.predictor.version != version:  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.01)


async def test_the_predictor_follows_the_cache(tmp_path: Path, model_path: Path) -> None:
    """It begins without a model, takes the first, and swaps to the next."""
    cache = ModelCache.of(ModelSettings(), tmp_path)
    events = _Events()
    reloader = PredictorReloader(cache, events, poll_seconds=0.02)
    await reloader.start()
    assert reloader.current() is None
    _store(cache, model_path, 1)
    await _becomes(reloader, "v1")
    _store(cache, model_path, 2)
    await _becomes(reloader, "v2")
    await reloader.close()
    assert events.loaded == ["v1", "v2"]
    assert reloader.manifest is not None
    assert reloader.manifest.version == 2


async def test_a_model_that_cannot_serve_leaves_the_old_one(
    tmp_path: Path, model_path: Path
) -> None:
    """A version of another contract is not taken; the one before answers on."""
    cache = ModelCache.of(ModelSettings(), tmp_path)
    events = _Events()
    _store(cache, model_path, 1)
    reloader = PredictorReloader(cache, events, poll_seconds=0.02)
    await reloader.start()
    _store(cache, model_path, 2, contract="0-old")
    await asyncio.sleep(0.2)
    assert reloader.predictor is not None
    assert reloader.predictor.version == "v1"
    _store(cache, model_path, 3)
    await _becomes(reloader, "v3")
    await reloader.close()
    assert events.loaded == ["v1", "v3"]


async def test_another_model_of_the_same_version_is_taken(tmp_path: Path, model_path: Path) -> None:
    """Where a version's file is replaced, as after a move to another MLflow, it is loaded anew."""
    cache = ModelCache.of(ModelSettings(), tmp_path)
    events = _Events()
    _store(cache, model_path, 1)
    reloader = PredictorReloader(cache, events, poll_seconds=0.02)
    await reloader.start()
    first = reloader.predictor
    other = CatBoost()
    other.load_model(str(model_path))
    other.shrink(1)
    other.save_model(str(tmp_path / "other.cbm"))
    _store(cache, tmp_path / "other.cbm", 1)
    async with asyncio.timeout(10):
        while reloader.predictor is first:  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    await reloader.close()
    assert reloader.predictor is not None
    assert reloader.predictor.model.tree_count_ == 1
    assert events.loaded == ["v1", "v1"]
