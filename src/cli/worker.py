"""``dexwatch worker``: what is done beside answering, so that answers need not wait for it."""

from __future__ import annotations

import logging
import select
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from cli.lock import sole_use
from cli.observed import observed
from cli.settings import settings_of
from cli.stopping import stop_in_order

if TYPE_CHECKING:
    from config.settings import Settings
    from telemetry.setup import Telemetry

logger = logging.getLogger(__name__)


@click.command("worker")
@click.option("--lifeline", type=int, hidden=True, help="descriptor to whoever started this")
@click.pass_context
def command(context: click.Context, lifeline: int | None) -> None:
    """Put captured predictions into daily files, and remove what need not be kept."""
    stop_in_order()
    settings = settings_of(context)
    with (
        sole_use(settings.data_dir, "a worker", ".worker.lock"),
        observed(settings) as telemetry,
    ):
        _work(settings, telemetry, lifeline)


def _work(settings: Settings, telemetry: Telemetry, lifeline: int | None) -> None:
    from capture.archive.keeping import Archive
    from telemetry.instruments import ArchiveInstruments

    archive = Archive.of(
        settings.data_dir, settings.retention, ArchiveInstruments.create(telemetry.signals)
    )
    tracer = telemetry.tracer("dexwatch")
    while True:
        with tracer.start_as_current_span("keep archive"):
            try:
                archive.keep(datetime.now(UTC))
            except OSError as error:
                logger.warning("captured files cannot be kept in order: %s", error)
        if _ended(lifeline, settings.retention.every_seconds):
            return


def _ended(lifeline: int | None, seconds: float) -> bool:
    """Sleep; True as soon as the process that started this one is no more."""
    if lifeline is None:
        time.sleep(seconds)
        return False
    ended, _, _ = select.select([lifeline], [], [], seconds)
    return bool(ended)
