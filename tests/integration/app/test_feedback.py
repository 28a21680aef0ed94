"""Feedback over a real database, a real journal and real files."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import polars as pl
import pytest
from tests.captured import captured

from app.predictions.feedback_service import FeedbackService
from app.problems.exceptions import ConflictingFeedbackError, UnknownPredictionError
from capture.archive.history import CaptureHistory
from capture.counts import CountedEvents
from capture.finder import MOST_WAITING, FinderBusyError, PredictionFinder
from capture.journaled import JournaledCapture
from capture.lookup import PredictionLookup
from capture.parquet_sink import ParquetSink
from capture.prediction_id import new_prediction_id
from config.settings import CaptureSettings, DatabaseSettings, Settings, StreamSettings
from features.contract import CONTRACT_VERSION, FEATURE_NAMES
from inference.lane import OverloadedError
from storage.database import Database
from storage.feedback_store import FeedbackStore
from telemetry.instruments import FeedbackInstruments

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection
    from pathlib import Path

    from capture.record import CapturedPrediction
    from storage.embedded import DatabaseUrls
    from telemetry.in_memory import InMemoryTelemetry

KEPT = timedelta(days=365)


def _prediction(win_probability: float = 0.75) -> CapturedPrediction:
    return captured(
        model_version="v3",
        win_probability=win_probability,
        win_probabilities=[win_probability],
    )


@asynccontextmanager
async def _taking(
    urls: DatabaseUrls, data_dir: Path, memory: InMemoryTelemetry
) -> AsyncIterator[FeedbackService]:
    async with Database.open(DatabaseSettings(), urls.service) as database:
        finder = PredictionFinder(PredictionLookup.of(Settings(data_dir=data_dir)).find, kept=KEPT)
        events = FeedbackInstruments.create(memory.telemetry.signals)
        yield FeedbackService(FeedbackStore(database), finder, events)


def _capture(data_dir: Path) -> JournaledCapture:
    events = CountedEvents()
    return JournaledCapture.start(
        CaptureSettings(),
        data_dir,
        CONTRACT_VERSION,
        sink=ParquetSink(CaptureHistory.of(data_dir), FEATURE_NAMES, events),
        events=events,
    )


async def test_feedback_finds_its_prediction_in_the_journal_and_in_files(
    database_urls: DatabaseUrls, tmp_path: Path, observed: InMemoryTelemetry
) -> None:
    """What was just answered is judged at once, and later as well."""
    waiting, filed = _prediction(0.75), _prediction(0.25)
    capture = _capture(tmp_path)
    await capture.append([filed])
    await capture.close()
    capture = _capture(tmp_path)
    await capture.append([waiting])
    async with _taking(database_urls, tmp_path, observed) as feedback:
        for prediction in (waiting, filed):
            stored = await feedback.take(UUID(prediction.prediction_id), "A")
            assert stored.win_probability == prediction.win_probability
            assert stored.model_version == "v3"
            assert stored.predicted_at == prediction.predicted_at
        found = [row async for row in feedback.store.since(datetime(2020, 1, 1, tzinfo=UTC))]
        assert [str(row.prediction_id) for row in found] == [
            waiting.prediction_id,
            filed.prediction_id,
        ]
    await capture.close()


async def test_the_first_word_stands(
    database_urls: DatabaseUrls, tmp_path: Path, observed: InMemoryTelemetry
) -> None:
    """The same again gives the same and counts nothing; another winner is refused."""
    prediction = _prediction()
    prediction_id = UUID(prediction.prediction_id)
    capture = _capture(tmp_path)
    await capture.append([prediction])
    async with _taking(database_urls, tmp_path, observed) as feedback:
        first = await feedback.take(prediction_id, "draw")
        assert await feedback.take(prediction_id, "draw") == first
        with pytest.raises(ConflictingFeedbackError):
            await feedback.take(prediction_id, "A")
    await capture.close()
    body = observed.telemetry.render_metrics()[0].decode()
    assert 'feedback_winners_total{model_version="v3",winner="draw"} 1.0' in body
    assert 'feedback_squared_error_total{model_version="v3"} 0.0625' in body
    assert 'feedback_wins_total{bound="0.8",model_version="v3"} 0.5' in body
    assert 'feedback_expected_wins_total{bound="0.8",model_version="v3"} 0.75' in body
    assert 'feedback_refusals_total{reason="conflict"} 1.0' in body


async def test_of_many_at_once_one_is_stored(
    database_urls: DatabaseUrls, tmp_path: Path, observed: InMemoryTelemetry
) -> None:
    """Concurrent feedback for one prediction is stored once; the others agree or are refused."""
    prediction = _prediction()
    capture = _capture(tmp_path)
    await capture.append([prediction])
    winners = ["A", "B"] * 10
    async with _taking(database_urls, tmp_path, observed) as feedback:
        outcomes = await asyncio.gather(
            *(feedback.take(UUID(prediction.prediction_id), winner) for winner in winners),
            return_exceptions=True,
        )
    await capture.close()
    stored = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert len({outcome.winner for outcome in stored}) == 1
    assert len(stored) == 10
    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert {type(outcome) for outcome in refused} == {ConflictingFeedbackError}
    body = observed.telemetry.render_metrics()[0].decode()
    assert 'feedback_predictions_total{bound="0.8",model_version="v3"} 1.0' in body


async def test_what_was_never_predicted_is_unknown(
    database_urls: DatabaseUrls, tmp_path: Path, observed: InMemoryTelemetry
) -> None:
    """Neither an id that nobody made nor one of another kind is taken."""
    async with _taking(database_urls, tmp_path, observed) as feedback:
        for prediction_id in (UUID(new_prediction_id()), uuid4()):
            with pytest.raises(UnknownPredictionError):
                await feedback.take(prediction_id, "A")


async def test_looks_are_shared_and_bounded() -> None:
    """While one look is under way the next gathers, and more than may wait are refused."""
    looks: list[list[str]] = []
    looking, go = threading.Event(), threading.Event()

    def find(ids: Collection[str]) -> pl.DataFrame:
        looks.append(list(ids))
        looking.set()
        assert go.wait(10)
        return pl.DataFrame({"prediction_id": [min(ids)], "winner": [len(looks)]})

    finder = PredictionFinder(find, kept=KEPT)
    names = sorted(new_prediction_id() for _ in range(MOST_WAITING))
    asked = [asyncio.create_task(finder.find(names[0]))]
    assert await asyncio.to_thread(looking.wait, 10)
    asked += [asyncio.create_task(finder.find(name)) for name in [*names[1:], names[1]]]
    await asyncio.sleep(0)
    with pytest.raises(FinderBusyError):
        await finder.find(new_prediction_id())
    go.set()
    rows = await asyncio.gather(*asked)
    assert looks == [names[:1], names[1:]]
    assert [row["winner"] for row in rows if row is not None] == [1, 2, 2]


async def test_a_look_that_fails_fails_for_those_who_asked() -> None:
    """Everybody who waits for a look hears of its error, and the next look is a fresh one."""
    failing = [True]

    def find(ids: Collection[str]) -> pl.DataFrame:
        if failing.pop():
            failing.append(False)
            raise OSError("the disk is gone")
        return pl.DataFrame({"prediction_id": list(ids)})

    finder = PredictionFinder(find, kept=KEPT)
    made = new_prediction_id()
    with pytest.raises(OSError, match="gone"):
        await finder.find(made)
    assert await finder.find(made) == {"prediction_id": made}


async def test_an_id_that_nobody_can_have_costs_the_others_nothing() -> None:
    """Of another kind, from before all files or from the future, it is not looked for at all."""
    looks: list[list[str]] = []

    def find(ids: Collection[str]) -> pl.DataFrame:
        looks.append(list(ids))
        return pl.DataFrame({"prediction_id": list(ids)})

    finder = PredictionFinder(find, kept=KEPT)
    made = new_prediction_id()
    rows = await asyncio.gather(
        finder.find(made),
        finder.find(str(uuid4())),
        finder.find("00000000-0000-7000-8000-000000000000"),
        finder.find("0fffffff-ffff-7000-8000-000000000000"),
        return_exceptions=True,
    )
    assert looks == [[made]]
    assert rows[0] == {"prediction_id": made}
    assert isinstance(rows[1], ValueError)
    assert rows[2:] == [None, None]


async def test_a_place_that_cannot_be_looked_into_is_no_missing_prediction(
    database_urls: DatabaseUrls, tmp_path: Path, observed: InMemoryTelemetry
) -> None:
    """With Redis away, a prediction that may be in the stream is asked for again, not refused."""
    settings = Settings(data_dir=tmp_path, stream=StreamSettings(url="redis://127.0.0.1:1"))
    async with Database.open(DatabaseSettings(), database_urls.service) as database:
        feedback = FeedbackService(
            FeedbackStore(database),
            PredictionFinder(PredictionLookup.of(settings).find, kept=KEPT),
            FeedbackInstruments.create(observed.telemetry.signals),
        )
        with pytest.raises(OverloadedError):
            await feedback.take(UUID(new_prediction_id()), "A")
