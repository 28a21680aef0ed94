"""``dexwatch feedback``: what became of predicted battles, for who works with files."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.database import database_urls
from cli.settings import settings_of

if TYPE_CHECKING:
    import polars as pl

    from config.settings import Settings


@click.group("feedback")
def command() -> None:
    """Look at what became of predicted battles."""


@command.command("export")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Parquet file to write."
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    default="1970-01-01",
    help="Only what was received from then on, UTC.",
)
@click.pass_context
def export(context: click.Context, *, output: Path | None, since: datetime) -> None:
    """Write feedback to a parquet file. A row a prediction, the oldest first."""
    from storage.errors import StorageError

    settings = settings_of(context)
    path = output or settings.data_dir / "feedback.parquet"
    try:
        with database_urls(settings) as urls:
            rows = asyncio.run(_read(settings, urls.service, since.replace(tzinfo=UTC)))
        path.parent.mkdir(parents=True, exist_ok=True)
        rows.write_parquet(path)
    except (StorageError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{rows.height:,} battles in {path}")


async def _read(settings: Settings, url: str, since: datetime) -> pl.DataFrame:
    """Give the columns of :class:`storage.feedback_store.Feedback`, ids as text."""
    import msgspec
    import polars as pl

    from storage.database import Database
    from storage.feedback_store import FeedbackStore

    schema = {
        "prediction_id": pl.String(),
        "winner": pl.Enum(["A", "B", "draw"]),
        "predicted_at": pl.Datetime("us", "UTC"),
        "model_version": pl.String(),
        "pokemon_a_id": pl.Int32(),
        "pokemon_b_id": pl.Int32(),
        "recommended_move": pl.String(),
        "win_probability": pl.Float64(),
        "received_at": pl.Datetime("us", "UTC"),
    }
    async with Database.open(settings.database, url) as database:
        rows = [
            msgspec.structs.asdict(one) | {"prediction_id": str(one.prediction_id)}
            async for one in FeedbackStore(database).since(since)
        ]
    return pl.DataFrame(rows, schema=schema)
