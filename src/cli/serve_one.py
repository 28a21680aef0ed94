"""``dexwatch serve-one``: one of several serving processes, started by who watches them."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import click

from cli.observed import observed
from cli.serve import serve_here
from cli.settings import settings_of
from cli.shared_metrics import place_of_worker
from cli.stopping import stop_in_order
from cli.workers import stop_with_parent, tell_ready

if TYPE_CHECKING:
    from config.settings import Settings


@click.command("serve-one", hidden=True)
@click.option("--slot", type=int, required=True, help="which of the workers this is")
@click.option("--listener", type=int, required=True, help="descriptor of the listening socket")
@click.option("--started-at", type=int, required=True, help="nanoseconds; of the whole service")
@click.option("--lifeline", type=int, required=True, help="descriptor to whoever started this")
@click.pass_context
def command(
    context: click.Context, slot: int, listener: int, started_at: int, lifeline: int
) -> None:
    """Serve on a socket that others serve on too."""
    stop_in_order()
    settings: Settings = settings_of(context)
    if settings.database.url is None:
        raise click.ClickException("serve-one needs DEXWATCH_DATABASE_URL; use run or serve")

    def started() -> None:
        tell_ready(lifeline)
        stop_with_parent(lifeline)

    with observed(settings, place_of_worker(settings, slot, started_at)) as telemetry:
        serve_here(
            settings,
            settings.database.url,
            socket.socket(fileno=listener),
            telemetry,
            started=started,
            # The socket stays open to newcomers: others serve on it.
            stopping=lambda: None,
        )
