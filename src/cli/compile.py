"""``dexwatch compile``: the kernels as machine code, ahead of their first use."""

from __future__ import annotations

import click


@click.command("compile")
def command() -> None:
    """Compile the kernels; done already, it ends at once."""
    from features.duel import openings
    from features.duel.compiled import remove_outdated
    from inference import trees

    for kernel in (openings, trees):
        kernel.compile_ahead()
    remove_outdated()
