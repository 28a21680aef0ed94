"""``dexwatch stack``: the service with everything that observes it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.settings import settings_of
from cli.stack.addresses import Ports
from cli.stack.programs import Stack
from cli.stack.supervise import Running
from cli.stopping import stop_in_order

if TYPE_CHECKING:
    from cli.stack.programs import Program

_CHECK_SECONDS = 0.5


@click.command("stack")
@click.option("--free-ports", is_flag=True, help="Choose free ports instead of the usual ones.")
@click.pass_context
def command(context: click.Context, *, free_ports: bool) -> None:
    """Run the service, its web UI, and what observes them."""
    from registry.location import tracking_uri

    stop_in_order()
    settings = settings_of(context)
    ports = (
        Ports.free()
        if free_ports
        else replace(Ports(), api=settings.server.port, ui=settings.ui.port)
    )
    ports.require_free()
    stack = Stack(Path(__file__).parents[3], settings.data_dir.resolve(), ports)
    stack.prepare()
    observers = stack.observers()
    running = Running(stack.folder)
    began = time.monotonic()

    def tell(program: Program) -> None:
        seconds = time.monotonic() - began
        click.echo(f"{program.name:<16} {program.shown}  ({seconds:.1f} s)", err=True)

    with running.until_the_end():
        for program in observers:
            running.start(program)
        service = stack.service()
        running.start(service)
        running.wait_until_ready(*observers, service, tell=tell)
        # The registry's tables are there by now, so that nobody makes them twice.
        mlflow = stack.mlflow(tracking_uri(settings.model, settings.data_dir))
        running.start(mlflow)
        pages = stack.ui()
        running.start(pages)
        running.wait_until_ready(mlflow, pages, tell=tell)
        click.echo(f"everything is up; logs are in {stack.folder}, Ctrl-C stops it", err=True)
        try:
            while True:
                # The service does without whatever observes it.
                running.watch(service.name)
                time.sleep(_CHECK_SECONDS)
        except KeyboardInterrupt:
            click.echo("stopping", err=True)
    click.echo("stopped", err=True)
