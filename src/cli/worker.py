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

from cli.lock import sole_use
from cli.observed import observed
from cli.settings import settings_of
from storage.errors import StorageError

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
    """Put captured predictions into daily files, remove what need not be kept, look for drift."""
    settings = settings_of(context)
    with (
        sole_use(settings.data_dir, "a worker", ".worker.lock"),
        observed(settings) as telemetry,
    ):
        asyncio.run(_work(settings, telemetry, lifeline))


async def _work(settings: Settings, telemetry: Telemetry, lifeline: int | None) -> None:
    """Do all duties until SIGINT, SIGTERM, or the end of whoever started this."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    if lifeline is not None:
        loop.add_reader(lifeline, stopping.set)
    tracer = telemetry.tracer("dexwatch")
    async with AsyncExitStack() as stack:
        tasks = [
            asyncio.create_task(_repeat(duty, tracer), name=duty.name)
            for duty in _duties(settings, telemetry, stack)
        ]
        await stopping.wait()
        if lifeline is not None:
            loop.remove_reader(lifeline)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _duties(settings: Settings, telemetry: Telemetry, stack: AsyncExitStack) -> Sequence[Duty]:
    from capture.archive.keeping import Archive
    from telemetry.instruments import ArchiveInstruments

    archive = Archive.of(
        settings.data_dir, settings.retention, ArchiveInstruments.create(telemetry.signals)
    )

    async def keep_archive() -> None:
        # What has begun is brought to its end, also when the worker is told to stop meanwhile.
        await asyncio.to_thread(archive.keep, datetime.now(UTC))

    return [
        Duty("keep archive", settings.retention.every_seconds, keep_archive),
        _drift_duty(settings, stack),
    ]


def _drift_duty(settings: Settings, stack: AsyncExitStack) -> Duty:
    from capture.archive.history import CaptureHistory
    from cli.database import running_urls
    from drift.watch import DriftWatch
    from registry.cache import ModelCache
    from storage.database import Database

    watch = DriftWatch.of(
        CaptureHistory.of(settings.data_dir),
        ModelCache.of(settings.model, settings.data_dir),
        settings.drift,
    )

    pools: dict[str, Database] = {}

    async def look_for_drift() -> None:
        # Asked anew each time: an embedded server may have come back under another port.
        owner = running_urls(settings).owner
        if owner not in pools:
            pools[owner] = await stack.enter_async_context(
                Database.open(settings.database, owner, read_only=False)
            )
        await watch.look(pools[owner])

    return Duty("look for drift", settings.drift.every_seconds, look_for_drift)


async def _repeat(duty: Duty, tracer: Tracer) -> None:
    """Do one duty again and again; a failure is told, and ends neither it nor the others."""
    while True:
        with tracer.start_as_current_span(duty.name) as span:
            try:
                await duty.do()
            except (OSError, StorageError) as error:
                span.record_exception(error)
                logger.warning("%s: %s; trying again", duty.name, error)
            except Exception as error:
                span.record_exception(error)
                logger.exception("%s failed; trying again", duty.name)
        await asyncio.sleep(duty.every_seconds)
