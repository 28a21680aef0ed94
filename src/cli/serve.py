"""``dexwatch serve``: the HTTP service alone, on a database and a model that are ready."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import click

from cli.database import database_urls
from cli.listening import let_nobody_in, listen
from cli.lock import sole_use
from cli.observed import observed
from cli.settings import settings_of
from cli.shared_metrics import place_of_parent
from cli.stopping import stop_in_order
from cli.workers import Workers

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from config.settings import Settings
    from telemetry.meters import Shared
    from telemetry.setup import Telemetry


@click.command("serve")
@click.pass_context
def command(context: click.Context) -> None:
    """Serve HTTP. The database, the dex and the model must be there already."""
    stop_in_order()
    settings = settings_of(context)
    listener = listen(settings.server)
    with (
        sole_use(settings.data_dir),
        observed(settings, shared := place_of_parent(settings)) as telemetry,
        database_urls(settings, own=True) as urls,
    ):
        serve(settings, urls.service, listener, telemetry, shared)


def serve(  # noqa: PLR0913  # what a process has opened before it serves
    settings: Settings,
    database_url: str,
    listener: socket.socket,
    telemetry: Telemetry,
    shared: Shared | None,
    *,
    started: Callable[[], None] = lambda: None,
    stopping: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGINT or SIGTERM, then finish requests and flush capture.

    With one worker that is this process; with several this process watches them.

    Args:
        settings: of the process.
        database_url: with the rights of the service.
        listener: bound already.
        telemetry: of the process.
        shared: where it keeps its numbers when several workers are to serve.
        started: called once requests are answered.
        stopping: called once it is told to stop.

    Raises:
        click.ClickException: the database refuses, or its schema is not the one of this code.

    """
    from telemetry.instruments import WorkerInstruments

    instruments = WorkerInstruments.create(telemetry.signals)
    if shared is None:

        def stop() -> None:
            let_nobody_in(listener)
            stopping()

        instruments.watch(lambda: 1)
        serve_here(
            settings,
            database_url,
            listener,
            telemetry,
            started=started,
            stopping=stop,
        )
        return
    workers = Workers(
        settings.server,
        listener,
        instruments,
        environment=_environment(database_url, telemetry),
        started_at=shared.started_at,
        started=started,
        stopping=stopping,
    )
    try:
        asyncio.run(workers.run())
    finally:
        stop_in_order()


def _environment(database_url: str, telemetry: Telemetry) -> dict[str, str]:
    """Make the environment of the workers, who are one instance of the service together."""
    declared = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    instance = f"service.instance.id={telemetry.resource.attributes['service.instance.id']!s}"
    return {
        **os.environ,
        "DEXWATCH_DATABASE_URL": database_url,
        "OTEL_RESOURCE_ATTRIBUTES": f"{declared},{instance}" if declared else instance,
    }


def serve_here(  # noqa: PLR0913  # as of :func:`serve`
    settings: Settings,
    database_url: str,
    listener: socket.socket,
    telemetry: Telemetry,
    *,
    started: Callable[[], None],
    stopping: Callable[[], None],
) -> None:
    """Serve in this process; see :func:`serve`."""
    import uvloop

    # The server's modules bring the instrumentation in, which telemetry has prepared by now.
    from app.server import serve as run_server
    from storage.errors import StorageError

    try:
        uvloop.run(
            run_server(
                settings, database_url, listener, telemetry, started=started, stopping=stopping
            )
        )
    except StorageError as error:
        raise click.ClickException(str(error)) from error
    finally:
        stop_in_order()  # the event loop has put the default back
