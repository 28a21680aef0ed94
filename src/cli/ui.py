"""``dexwatch ui``: the pages, beside a service that runs."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from cli.settings import settings_of


@click.command("ui")
@click.pass_context
def command(context: click.Context) -> None:
    """Serve the pages, which ask the service over HTTP."""
    import ui

    settings = settings_of(context)
    if find_spec("streamlit") is None:
        raise click.ClickException("the pages need Streamlit; `make ui` installs it")
    script = Path(ui.__file__).with_name("main.py")
    words = [sys.executable, "-m", "streamlit", "run", str(script)]
    words += ["--server.address", settings.server.host, "--server.port", str(settings.ui.port)]
    # Streamlit takes our place, and signals reach it.
    os.execv(sys.executable, words)  # noqa: S606  # our own command line
