"""``dexwatch promote``: put a registered version through the gate, and let it serve."""

from __future__ import annotations

import click

from cli.lifecycle import BY_HAND, workshop
from cli.settings import settings_of


@click.command("promote")
@click.option(
    "--version", type=click.IntRange(min=1), help="Registered version; default: the challenger."
)
@click.option(
    "--skip",
    "skipped",
    multiple=True,
    help="Check to leave out, also when a worker asks again; recorded as such.",
)
@click.pass_context
def command(context: click.Context, version: int | None, skipped: tuple[str, ...]) -> None:
    """Put a version through the gate. What passes serves, and is watched.

    A version that is refused stays beside the champion as its challenger, and the worker asks again
    once enough live predictions were scored; `dexwatch retrain --cancel` lets go of it.
    """
    from lifecycle import by_hand, gate

    known = [check.__name__ for check in gate.CHECKS]
    if unknown := set(skipped) - set(known):
        raise click.ClickException(
            f"no check is called {', '.join(sorted(unknown))}; there are {', '.join(known)}"
        )
    with workshop(settings_of(context), "promote", BY_HAND) as shop:
        cycle, promoted = by_hand.promote(shop, version, skipped)
        for row in shop.record.steps(cycle):
            click.echo(f"{row.step} {row.outcome}: {row.summary}")
    if not promoted:
        context.exit(1)
