"""``dexwatch cycle``: the record of how models came to serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from cli.lifecycle import WORKER, ask, told, workshop
from cli.settings import settings_of
from cli.stopping import ends_with_who_started_it

if TYPE_CHECKING:
    from uuid import UUID

    from config.settings import Settings
    from storage.cycle_store import Cycle

SHOWN: Final = 20


@click.group("cycle", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Show attempts to replace the champion, the newest first."""
    if context.invoked_subcommand is None:
        for cycle in _recent(settings_of(context)):
            click.echo(f"{cycle.began_at:%Y-%m-%d %H:%M} {told(cycle)}")


@command.command("show")
@click.argument("cycle_id", type=click.UUID, required=False)
@click.option("--details", is_flag=True, help="Also what each step has found: checks, seed, games.")
@click.pass_context
def show(context: click.Context, cycle_id: UUID | None, *, details: bool) -> None:
    """Show a cycle, by default the last one: a line a step."""
    from storage.audit_store import AuditStore
    from storage.cycle_store import CycleStore

    settings = settings_of(context)
    if cycle_id is None:
        cycle = next(iter(_recent(settings)), None)
    else:
        cycle = ask(settings, lambda database: CycleStore(database).get(cycle_id))
    if cycle is None:
        raise click.ClickException("there is no such cycle")
    click.echo(told(cycle))
    steps = ask(settings, lambda database: AuditStore(database).of_cycle(cycle.id))
    for row in steps:
        click.echo(
            f"{row.at:%Y-%m-%d %H:%M:%S} {row.step:<8} {row.outcome:<9}"
            f" {row.model_version or '':<4} {row.summary}"
        )
        if details:
            for name, found in row.details.items():
                # Of a check what it says counts; its name and outcome stand beside it.
                says = found.get("says", found) if isinstance(found, dict) else found
                click.echo(f"    {name}: {says}")
    trace = next((row.trace_id for row in steps if row.trace_id is not None), None)
    if trace is not None:
        click.echo(f"trace {trace} (Grafana, Explore, Tempo, if it was kept)")


def _recent(settings: Settings) -> list[Cycle]:
    from storage.cycle_store import CycleStore

    return ask(settings, lambda database: CycleStore(database).recent(settings.model.name, SHOWN))


@command.command("advance", hidden=True)
@click.argument("cycle_id", type=click.UUID)
@ends_with_who_started_it
@click.pass_context
def advance(context: click.Context, cycle_id: UUID) -> None:
    """Do the next step of a cycle, if it is time for one; the worker calls this."""
    from lifecycle.advance import advance as next_step

    with workshop(settings_of(context), "cycle advance", WORKER) as shop:
        cycle = shop.record.wait(shop.record.cycles.get(cycle_id))
        if cycle is None:
            raise click.ClickException("there is no such cycle")
        next_step(shop, cycle)
