"""``dexwatch compile``: the kernels as machine code, ahead of their first use."""

from __future__ import annotations

import click

from cli.stopping import ends_with_who_started_it


@click.command("compile")
@ends_with_who_started_it
def command() -> None:
    """Compile the kernels; done already, it ends at once."""
    from features.duel import openings
    from features.duel.compiled import remove_outdated
    from inference import trees

    for kernel in (openings, trees):
        kernel.compile_ahead()
    remove_outdated()
