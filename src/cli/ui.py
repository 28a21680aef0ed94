"""``dexwatch ui``: the web UI, beside a service that runs."""

from __future__ import annotations

import os
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from cli.settings import settings_of


@click.command("ui")
@click.pass_context
def command(context: click.Context) -> None:
    """Serve the web UI, beside a service that runs."""
    import ui

    settings = settings_of(context)
    _require_free(settings.server.host, settings.ui.port)
    if find_spec("streamlit") is None:
        raise click.ClickException("the web UI needs Streamlit; `make ui` installs it")
    script = Path(ui.__file__).with_name("main.py")
    words = [sys.executable, "-m", "streamlit", "run", str(script)]
    words += ["--server.address", settings.server.host, "--server.port", str(settings.ui.port)]
    # Streamlit takes our place, and signals reach it.
    os.execv(sys.executable, words)  # noqa: S606  # our own command line


def _require_free(host: str, port: int) -> None:
    """Refuse a port that somebody listens on, as Streamlit does, but say what to do."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return
    raise click.ClickException(
        f"another program listens on {host}:{port}; stop it, or set DEXWATCH_UI_PORT"
    )
