"""What the commands around a model's lifecycle have in common."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from cli.database import database_urls
from cli.observed import traced

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from config.settings import Settings
    from lifecycle.challenger import Workshop
    from storage.cycle_store import Cycle
    from storage.database import Database

_Answer = TypeVar("_Answer")

BY_HAND: Final = "command"
WORKER: Final = "worker"
"""Who does what is recorded in the audit."""


@contextmanager
def workshop(settings: Settings, command: str, actor: str) -> Iterator[Workshop]:
    """Open everything that a step of a cycle takes.

    Raises:
        click.ClickException: something that is needed fails.

    """
    from battles.errors import BattleError
    from etl.snapshot import load_dex
    from features.matchup_frames import MatchupFrames
    from inference.predictor import IncompatibleModelError
    from lifecycle.challenger import Workshop
    from lifecycle.record import Record
    from registry.errors import RegistryError
    from storage.errors import StorageError

    logging.basicConfig(level=logging.WARNING)
    dex = load_dex()
    expected = (
        BattleError,
        IncompatibleModelError,
        RegistryError,
        StorageError,
        OSError,
        ValueError,
    )
    try:
        with (
            traced(settings, command) as telemetry,
            database_urls(settings) as urls,
            Record.open(settings.database, urls.owner, telemetry, actor) as record,
        ):
            yield Workshop(settings, dex, MatchupFrames.prepare(dex), record)
    except expected as error:
        raise click.ClickException(str(error)) from error


def ask(
    settings: Settings,
    question: Callable[[Database], Coroutine[Any, Any, _Answer]],
    *,
    read_only: bool = True,
) -> _Answer:
    """Ask the database.

    Raises:
        click.ClickException: it does not answer, or refuses, or a file cannot be read or written.

    """
    from storage.database import Database
    from storage.errors import StorageError

    async def run(url: str) -> _Answer:
        async with Database.open(settings.database, url, read_only=read_only) as database:
            return await question(database)

    try:
        with database_urls(settings) as urls:
            return asyncio.run(run(urls.service if read_only else urls.owner))
    except (StorageError, OSError) as error:
        raise click.ClickException(str(error)) from error


def told(cycle: Cycle) -> str:
    """Say in a line how a cycle is."""
    models = f", v{cycle.challenger} for v{cycle.champion}" if cycle.challenger else ""
    return f"{cycle.id} {cycle.outcome or cycle.state}{models} ({cycle.reason})"
