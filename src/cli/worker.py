"""``dexwatch worker``: what is done beside answering, so that answers need not wait for it."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from cli.database import database_urls
from cli.lock import sole_use
from cli.observed import observed
from cli.settings import settings_of
from cli.stopping import stop_in_order

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from opentelemetry.trace import Tracer

    from config.settings import Settings
    from telemetry.setup import Telemetry

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that is done again and again."""

    name: str
    """Of its span, and in the log when it fails."""
    every_seconds: float
    """From the end of one time to the start of the next."""
    do: Callable[[], Awaitable[object]]


@click.command("worker")
@click.option("--lifeline", type=int, hidden=True, help="descriptor to whoever started this")
@click.pass_context
def command(context: click.Context, lifeline: int | None) -> None:
    """Keep captured predictions in order, and do what another model's way to serving takes."""
    settings = settings_of(context)
    stop_in_order()
    with (
        sole_use(settings.data_dir, "a worker", ".worker.lock"),
        observed(settings) as telemetry,
    ):
        asyncio.run(_work(settings, telemetry, lifeline))


async def _work(settings: Settings, telemetry: Telemetry, lifeline: int | None) -> None:
    """Do all duties until SIGINT, SIGTERM, or the end of whoever started this."""
    from cli.advancing import Advancing
    from cli.lifecycle import WORKER
    from lifecycle.request import CycleRequests
    from storage.database import Database

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    if lifeline is not None:
        loop.add_reader(lifeline, stopping.set)
    tracer = telemetry.tracer("dexwatch")
    async with AsyncExitStack() as stack:
        urls = stack.enter_context(database_urls(settings))
        database = await stack.enter_async_context(
            Database.open(settings.database, urls.owner, read_only=False)
        )
        requests = CycleRequests(database, settings.model.name, tracer, WORKER)
        advancing = Advancing(settings, database, requests)
        # Jobs end in an order of their own, so that they are done anew and not called off.
        jobs = asyncio.create_task(advancing.run(stopping), name="jobs")
        tasks = [
            asyncio.create_task(advancing.follow_registry(), name="follow registry"),
            *(
                asyncio.create_task(_repeat(duty, tracer), name=duty.name)
                for duty in (*_duties(settings, telemetry), Duty("tidy", 3600.0, advancing.tidy))
            ),
        ]
        await stopping.wait()
        if lifeline is not None:
            loop.remove_reader(lifeline)
        for task in tasks:
            task.cancel()
        await asyncio.gather(jobs, *tasks, return_exceptions=True)


def _duties(settings: Settings, telemetry: Telemetry) -> Sequence[Duty]:
    from capture.archive.keeping import Archive
    from telemetry.instruments import ArchiveInstruments

    archive = Archive.of(
        settings.data_dir, settings.retention, ArchiveInstruments.create(telemetry.signals)
    )

    async def keep_archive() -> None:
        # What has begun is brought to its end, also when the worker is told to stop meanwhile.
        await asyncio.to_thread(archive.keep, datetime.now(UTC))

    return [Duty("keep archive", settings.retention.every_seconds, keep_archive)]


async def _repeat(duty: Duty, tracer: Tracer) -> None:
    """Do one duty again and again; a failure is told, and ends neither it nor the others."""
    while True:
        with tracer.start_as_current_span(duty.name) as span:
            try:
                await duty.do()
            except OSError as error:
                span.record_exception(error)
                logger.warning("%s: %s; trying again", duty.name, error)
            except Exception as error:
                span.record_exception(error)
                logger.exception("%s failed; trying again", duty.name)
        await asyncio.sleep(duty.every_seconds)
