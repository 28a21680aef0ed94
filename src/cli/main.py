"""The ``dexwatch`` command. Each command imports what it needs when it runs, so all start fast."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Final

import click

from cli.settings import read_settings

COMMANDS: Final = {
    "run": "cli.run",
    "serve": "cli.serve",
    "serve-one": "cli.serve_one",
    "worker": "cli.worker",
    "replay": "cli.replay",
    "feedback": "cli.feedback",
    "keys": "cli.keys",
    "ui": "cli.ui",
    "stack": "cli.stack",
    "compile": "cli.compile",
    "db": "cli.db",
    "etl": "cli.etl",
    "model": "cli.model",
    "retrain": "cli.retrain",
    "promote": "cli.promote",
    "rollback": "cli.rollback",
    "cycle": "cli.cycle",
    "dataset": "cli.dataset",
    "simulate": "cli.simulate",
    "train": "cli.train",
    "evaluate": "cli.evaluate",
    "tune": "cli.tune",
    "drift": "cli.drift",
    "doctor": "cli.doctor",
}
"""Command to the module that defines it as ``command``."""

_ENVIRONMENT: Final = {
    # Else Polars gives back what a large frame has left only when the next one is made.
    "_RJEM_MALLOC_CONF": "background_thread:true",
    # There are no large matrices here that threads could share.
    "OPENBLAS_NUM_THREADS": "1",
}
"""What Polars and NumPy take from there when they are first imported; who set it is obeyed."""


class _LazyGroup(click.Group):
    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a file that was named and cannot be used is a user's matter."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            if error.filename is None:
                raise
            raise click.ClickException(f"{error.filename}: {error.strerror}") from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dexwatch")
@click.pass_context
def dexwatch(context: click.Context) -> None:
    """Which move to use in Pokémon Let's Go, and how likely it is to win."""
    read_settings(context)


def main() -> None:
    """Run the command."""
    for variable, value in _ENVIRONMENT.items():
        os.environ.setdefault(variable, value)
    sys.exit(dexwatch(prog_name="dexwatch"))
