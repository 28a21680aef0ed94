"""``dexwatch etl``: the dex, from its sources to the database."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.database import database_urls
from cli.settings import settings_of

if TYPE_CHECKING:
    from config.settings import Settings


@click.group("etl")
def command() -> None:
    """Derive the dex from the simulator's data; load it into the database."""


@command.command("snapshot")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), default=None)
def snapshot_command(output: Path | None) -> None:
    """Derive the dex anew from the npm packages into the reviewed snapshot."""
    from battles.errors import BattleError
    from etl import snapshot
    from etl.errors import EtlError

    folder = output or snapshot.FOLDER
    try:
        snapshot.build(folder)
    except (EtlError, BattleError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"snapshot written to {folder}")


@command.command("load")
@click.option("--snapshot", "folder", type=click.Path(path_type=Path, exists=True), default=None)
@click.pass_context
def load_command(context: click.Context, folder: Path | None) -> None:
    """Validate the snapshot and load it in one transaction."""
    settings = settings_of(context)
    with database_urls(settings) as urls:
        changed = asyncio.run(load_snapshot(settings, urls.owner, folder))
    click.echo("the dex is loaded" if changed else "the dex was up to date")


async def load_snapshot(settings: Settings, owner_url: str, folder: Path | None = None) -> bool:
    """Validate a snapshot and load it; say whether the dex changed.

    Raises:
        click.ClickException: a row is broken, or the database refuses; nothing has changed.

    """
    from etl import snapshot
    from etl.errors import EtlError
    from etl.load import load
    from storage.database import Database
    from storage.dex_store import DexStore
    from storage.errors import StorageError

    try:
        async with Database.open(settings.database, owner_url, read_only=False) as database:
            loaded = await load(folder or snapshot.FOLDER, DexStore(database))
    except (EtlError, StorageError) as error:
        raise click.ClickException(str(error)) from error
    return loaded.changed
