"""`dexwatch feedback export` on a real database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import polars as pl
from click.testing import CliRunner

from cli.main import dexwatch
from config.settings import DatabaseSettings
from storage.database import Database
from storage.feedback_store import FeedbackStore, JudgedPrediction

if TYPE_CHECKING:
    from pathlib import Path

    from storage.embedded import DatabaseUrls


async def _judge(urls: DatabaseUrls, *predictions: JudgedPrediction) -> None:
    async with Database.open(DatabaseSettings(), urls.service) as database:
        for one in predictions:
            assert await FeedbackStore(database).add(one)


def test_feedback_becomes_a_file(database_urls: DatabaseUrls, tmp_path: Path) -> None:
    """A row a judged prediction, in the order of its coming; none of it when none is so new."""
    first, second = (
        JudgedPrediction(
            prediction_id=uuid4(),
            winner=winner,
            predicted_at=datetime(2026, 1, 30, 12, 47, 17, 250_000, UTC),
            model_version="v3",
            pokemon_a_id=9,
            pokemon_b_id=6,
            recommended_move="surf",
            win_probability=0.75,
        )
        for winner in ("draw", "A")
    )
    asyncio.run(_judge(database_urls, first, second))
    environment = {"DEXWATCH_DATABASE_URL": database_urls.owner, "DEXWATCH_DATA_DIR": str(tmp_path)}
    words = ["feedback", "export", "--output", str(tmp_path / "made" / "all.parquet")]
    done = CliRunner().invoke(dexwatch, words, env=environment)
    assert done.exit_code == 0, done.output
    assert done.output == f"2 battles in {tmp_path / 'made' / 'all.parquet'}\n"
    rows = pl.read_parquet(tmp_path / "made" / "all.parquet")
    assert rows["prediction_id"].to_list() == [str(first.prediction_id), str(second.prediction_id)]
    assert rows["winner"].to_list() == ["draw", "A"]
    assert rows["predicted_at"].to_list() == [first.predicted_at] * 2
    assert rows["win_probability"].to_list() == [0.75] * 2

    done = CliRunner().invoke(
        dexwatch, ["feedback", "export", "--since", "2999-01-01"], env=environment
    )
    assert done.exit_code == 0, done.output
    none = pl.read_parquet(tmp_path / "feedback.parquet")
    assert none.is_empty()
    assert none.schema == rows.schema
