"""``dexwatch serve``: the HTTP service alone, on a database and a model that are ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.database import database_urls
from cli.listening import listen
from cli.lock import sole_use
from cli.observed import observed
from cli.settings import settings_of
from cli.stopping import stop_in_order

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from config.settings import Settings
    from telemetry.setup import Telemetry


@click.command("serve")
@click.pass_context
def command(context: click.Context) -> None:
    """Serve HTTP; the database, the dex and the model must be there already."""
    stop_in_order()
    settings = settings_of(context)
    listener = listen(settings.server)
    with (
        sole_use(settings.data_dir),
        observed(settings) as telemetry,
        database_urls(settings, own=True) as urls,
    ):
        serve(settings, urls.service, listener, telemetry)


def serve(
    settings: Settings,
    database_url: str,
    listener: socket.socket,
    telemetry: Telemetry,
    *,
    started: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGINT or SIGTERM, then finish requests and flush capture.

    Args:
        settings: of the process.
        database_url: with the rights of the service.
        listener: bound already.
        telemetry: of the process.
        started: called once requests are answered.

    Raises:
        click.ClickException: the database refuses, or its schema is not the one of this code.

    """
    import uvloop

    # The server's modules bring the instrumentation in, which telemetry has prepared by now.
    from app.server import serve as run_server
    from storage.errors import StorageError

    try:
        uvloop.run(run_server(settings, database_url, listener, telemetry, started))
    except StorageError as error:
        raise click.ClickException(str(error)) from error
    finally:
        stop_in_order()  # the event loop has put the default back
