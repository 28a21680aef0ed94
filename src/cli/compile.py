"""``dexwatch compile``: the kernels as machine code, ahead of their first use."""

from __future__ import annotations

import click


@click.command("compile")
def command() -> None:
    """Compile the kernels; done already, it ends at once."""
    from features import counting
    from features.duel.compiled import remove_outdated
    from features.duel.openings import compile_ahead

    compile_ahead()
    counting.compile_ahead()
    remove_outdated()
