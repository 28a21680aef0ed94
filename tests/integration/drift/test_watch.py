"""Looking for drift with a real database, real files and a cached model."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
import numpy as np
import pytest
from tests.captured import captured

from capture.archive.history import CaptureHistory
from capture.columns import to_parquet
from config.settings import DatabaseSettings, DriftSettings, ModelSettings
from drift.report import DriftReason, DriftReport, Verdict
from drift.watch import DriftWatch
from features.contract import FEATURE_NAMES
from registry.cache import ModelCache
from registry.manifest import ModelManifest
from storage import drift_store
from storage.database import Database
from storage.drift_store import DriftStore
from storage.errors import DatabaseUnavailableError
from storage.feedback_store import FeedbackStore, JudgedPrediction
from training import released

if TYPE_CHECKING:
    from pathlib import Path

    from storage.embedded import DatabaseUrls


def _cache(data_dir: Path, *, with_baseline: bool = True) -> ModelCache:
    release = msgspec.structs.asdict(released.release())
    if not with_baseline:
        release["baseline"] = None
    cache = ModelCache.of(ModelSettings(), data_dir)
    manifest = ModelManifest(
        **release, name="dexwatch", version=1, alias="champion", run_id="r", source="s"
    )
    cache.store(released.MODEL_FILE, manifest)
    cache.activate(1)
    return cache


def _capture(history: CaptureHistory, rows: int) -> None:
    """Write rows that all ask about the same."""
    features = np.ones(len(FEATURE_NAMES), "<f4").tobytes()
    alike = [captured(features=features) for _ in range(rows)]
    history.small.add(to_parquet(alike, FEATURE_NAMES))


def _judged(version: str, winner: str) -> JudgedPrediction:
    return JudgedPrediction(
        prediction_id=uuid4(),
        winner=winner,  # type: ignore[arg-type]  # one of the three
        predicted_at=datetime.now(UTC),
        model_version=version,
        pokemon_a_id=1,
        pokemon_b_id=25,
        recommended_move="surf",
        win_probability=0.5,
    )


async def test_a_report_is_stored_and_handed_on(
    database_urls: DatabaseUrls, tmp_path: Path
) -> None:
    """Features, answers and feedback in one, read back by the service's role."""
    history = CaptureHistory.of(tmp_path)
    _capture(history, 300)
    handed: list[DriftReport] = []

    async def keep(report: DriftReport) -> None:
        handed.append(report)

    watch = DriftWatch.of(history, _cache(tmp_path), DriftSettings(), keep)
    async with Database.open(DatabaseSettings(), database_urls.owner, read_only=False) as database:
        for winner in ("A", "A", "B", "draw"):
            assert await FeedbackStore(database).add(_judged("v1", winner))
        report = await watch.look(database)

    assert report is not None
    assert report.verdict is Verdict.DRIFTED
    assert DriftReason.FEATURES in report.reasons
    assert DriftReason.PREDICTIONS in report.reasons
    assert (report.rows, report.model_version) == (300, "v1")
    (concept,) = report.concept
    assert (concept.judged, concept.won, concept.enough) == (4, 0.625, False)
    assert handed == [report]
    async with Database.open(DatabaseSettings(), database_urls.service) as database:
        found = await DriftStore(database).latest()
        assert found is not None
        number, content = found
        assert msgspec.json.decode(content, type=DriftReport) == report
        assert await DriftStore(database).latest(after=number) is None


async def test_a_model_without_a_baseline_is_not_judged(
    database_urls: DatabaseUrls, tmp_path: Path
) -> None:
    """It says what to do; without any model there is no report."""
    history = CaptureHistory.of(tmp_path)
    _capture(history, 300)
    async with Database.open(DatabaseSettings(), database_urls.owner, read_only=False) as database:
        nobody = ModelCache.of(ModelSettings(), tmp_path / "none")
        assert await DriftWatch.of(history, nobody, DriftSettings()).look(database) is None
        cache = _cache(tmp_path, with_baseline=False)
        report = await DriftWatch.of(history, cache, DriftSettings()).look(database)
    assert report is not None
    assert report.verdict is Verdict.UNKNOWN
    assert "train it anew" in report.detail


async def test_only_the_latest_reports_are_kept(
    database_urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the worker runs, and the first that says the same as they do."""
    monkeypatch.setattr(drift_store, "KEPT", 3)
    now = datetime(2026, 1, 30, tzinfo=UTC)
    async with Database.open(DatabaseSettings(), database_urls.owner, read_only=False) as database:
        store = DriftStore(database)
        for minute in range(5):
            await store.add(now + timedelta(minutes=minute), "v1", "steady", minute, b"{}")
        kept = "SELECT array_agg(row_count ORDER BY report_id) FROM drift_reports"
        assert await database.fetchval(kept) == [0, 2, 3, 4]
        for minute in range(5, 7):
            await store.add(now + timedelta(minutes=minute), "v1", "drifted", minute, b"{}")
        assert await database.fetchval(kept) == [4, 5, 6]


async def test_feedback_is_counted_by_version_and_answer(database_urls: DatabaseUrls) -> None:
    """Only what came last, of whichever versions."""
    async with Database.open(DatabaseSettings(), database_urls.service) as database:
        store = FeedbackStore(database)
        for version, winner in (("v1", "A"), ("v1", "B"), ("v1", "B"), ("v2", "A")):
            await store.add(_judged(version, winner))
        assert await store.outcomes(3) == {"v1": {(0.5, "B"): 2}, "v2": {(0.5, "A"): 1}}


async def test_without_a_database_the_look_fails_and_can_be_repeated(
    tmp_path: Path,
) -> None:
    """It says that the database is away, which the worker tells and outlives."""
    watch = DriftWatch.of(CaptureHistory.of(tmp_path), _cache(tmp_path), DriftSettings())
    async with Database.open(
        DatabaseSettings(connect_seconds=1), "postgresql://u@127.0.0.1:1/none"
    ) as database:
        with pytest.raises(DatabaseUnavailableError):
            await watch.look(database)
