"""``dexwatch compile``: the kernels as machine code, ahead of their first use."""

from __future__ import annotations

import click

from cli.stopping import end_with


@click.command("compile")
@click.option("--lifeline", type=int, hidden=True, help="descriptor to whoever started this")
def command(lifeline: int | None) -> None:
    """Compile the kernels; done already, it ends at once."""
    if lifeline is not None:
        end_with(lifeline)
    from features.duel import openings
    from features.duel.compiled import remove_outdated
    from inference import trees

    for kernel in (openings, trees):
        kernel.compile_ahead()
    remove_outdated()
