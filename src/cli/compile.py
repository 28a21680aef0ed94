"""``dexwatch compile``: the duel kernels as machine code, ahead of their first use."""

from __future__ import annotations

import click


@click.command("compile")
def command() -> None:
    """Compile the duel kernels; done already, it ends at once."""
    from features.duel.compiled import remove_outdated
    from features.duel.openings import compile_ahead

    compile_ahead()
    remove_outdated()
