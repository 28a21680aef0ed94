"""``dexwatch rollback``: let the champion from before serve again."""

from __future__ import annotations

import click

from cli.lifecycle import BY_HAND, told, workshop
from cli.settings import settings_of


@click.command("rollback")
@click.option("--reason", default="by hand", show_default=True, help="For the record.")
@click.pass_context
def command(context: click.Context, reason: str) -> None:
    """Let the version serve that did before the last promotion."""
    from lifecycle import by_hand

    with workshop(settings_of(context), "rollback", BY_HAND) as shop:
        cycle = by_hand.back(shop, reason)
        ended = shop.record.wait(shop.record.cycles.get(cycle.id))
    click.echo(told(ended or cycle))
