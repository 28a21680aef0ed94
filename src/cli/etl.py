"""``dexwatch etl``: the dex, from its sources to the database."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click

from cli.database import database_urls
from cli.observed import observed
from cli.settings import settings_of

if TYPE_CHECKING:
    from config.settings import Settings
    from etl.contract import RuleOutcome
    from telemetry.setup import Telemetry


@click.group("etl")
def command() -> None:
    """Derive the dex from the simulator, load it into the database."""


@command.command("snapshot")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write it to instead of the one that comes with the code.",
)
def snapshot_command(output: Path | None) -> None:
    """Derive the dex anew from the npm packages into the snapshot."""
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
@click.option(
    "--snapshot",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder to load instead of the one that comes with the code.",
)
@click.pass_context
def load_command(context: click.Context, folder: Path | None) -> None:
    """Validate the snapshot and load it in one transaction."""
    settings = settings_of(context)
    with observed(settings) as telemetry, database_urls(settings) as urls:
        changed = asyncio.run(load_snapshot(settings, urls.owner, telemetry, folder))
    click.echo("the dex is loaded" if changed else "the dex was up to date")


async def load_snapshot(
    settings: Settings, owner_url: str, telemetry: Telemetry, folder: Path | None = None
) -> bool:
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
    from telemetry.instruments import EtlInstruments

    events = EtlInstruments.create(telemetry.signals)

    def checked(outcomes: tuple[RuleOutcome, ...]) -> None:
        # A series for each of the hundreds of rules that hold would tell nothing.
        for outcome in outcomes:
            if outcome.failures:
                events.rule_checked(outcome.table, outcome.rule, outcome.failures)

    began = monotonic()
    with telemetry.tracer("dexwatch").start_as_current_span("etl load"):
        try:
            async with Database.open(settings.database, owner_url, read_only=False) as database:
                store = DexStore(database)
                loaded = await load(folder or snapshot.FOLDER, store, on_checked=checked)
        except (EtlError, StorageError) as error:
            events.failed(monotonic() - began)
            raise click.ClickException(str(error)) from error
    events.succeeded(monotonic() - began)
    for table, rows in loaded.rows.items():
        events.rows_loaded(table, rows)
    return loaded.changed
