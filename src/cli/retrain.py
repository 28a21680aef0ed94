"""``dexwatch retrain``: ask for a challenger that has learnt from what production asked about."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import click

from cli.lifecycle import BY_HAND, ask, told, workshop
from cli.observed import traced
from cli.settings import settings_of

if TYPE_CHECKING:
    from config.settings import Settings
    from storage.cycle_store import Cycle
    from storage.database import Database

LOOK_SECONDS: Final = 2.0


@click.command("retrain")
@click.option("--reason", default="asked for by hand", show_default=True, help="For the record.")
@click.option("--wait", is_flag=True, help="Until the cycle has ended; fails unless it was kept.")
@click.option("--cancel", is_flag=True, help="Call off the cycle that is under way instead.")
@click.pass_context
def command(context: click.Context, *, reason: str, wait: bool, cancel: bool) -> None:
    """Begin a cycle: play what was asked, train, gate, promote, watch.

    A worker does the work, one cycle at a time; `dexwatch cycle` shows how it gets on.
    """
    settings = settings_of(context)
    cycle = _call_off(settings) if cancel else _begin(settings, reason)
    if wait:
        cycle = _wait(settings, cycle)
    click.echo(told(cycle))
    if wait and cycle.outcome != "kept":
        context.exit(1)


def _begin(settings: Settings, reason: str) -> Cycle:
    from lifecycle.request import CycleRequests

    with traced(settings, "retrain") as telemetry:

        async def begin(database: Database) -> Cycle | None:
            return await CycleRequests(
                database, settings.model.name, telemetry.tracer("dexwatch"), BY_HAND
            ).begin(reason)

        cycle = ask(settings, begin, read_only=False)
    if cycle is None:
        raise click.ClickException(
            "a cycle is under way already: `dexwatch cycle` shows it, --cancel calls it off"
        )
    return cycle


def _call_off(settings: Settings) -> Cycle:
    from lifecycle import by_hand

    with workshop(settings, "retrain", BY_HAND) as shop:
        cycle = by_hand.call_off(shop)
        ended = cycle and shop.record.wait(shop.record.cycles.get(cycle.id))
    if ended is None:
        raise click.ClickException("no cycle is under way")
    return ended


def _wait(settings: Settings, cycle: Cycle) -> Cycle:
    from storage.cycle_store import CycleStore

    seen = cycle
    while seen.state != "ended":
        time.sleep(LOOK_SECONDS)
        now = ask(settings, lambda database: CycleStore(database).get(cycle.id)) or seen
        if now.state != seen.state:
            click.echo(told(now), err=True)
        seen = now
    return seen
