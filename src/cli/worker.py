"""``dexwatch worker``: what is done beside answering, so that answers need not wait for it."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import click

from cli.database import RunningDatabase
from cli.lock import WORKER_LOCK, sole_use
from cli.observed import observed
from cli.settings import settings_of
from cli.stopping import stop_in_order
from storage.errors import StorageError
from telemetry.lasting import call_off, keep_going

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from opentelemetry.trace import Tracer

    from capture.streams.consumer import StreamConsumer
    from config.settings import Settings
    from telemetry.setup import Telemetry

logger = logging.getLogger(__name__)

LIVE_KEPT: Final = timedelta(days=90)
"""How long what was seen live of models is kept."""
FORGET_SECONDS: Final = 3600.0


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
    """Keep captured files in order, look for drift, retrain.

    With DEXWATCH_REDIS_URL, also bring captured predictions from the stream into files; any number
    of workers may do so, each with a data folder of its own or all with one object store.
    """
    settings = settings_of(context)
    stop_in_order()
    with (
        sole_use(settings.data_dir, "a worker", WORKER_LOCK),
        observed(settings) as telemetry,
    ):
        asyncio.run(_work(settings, telemetry, lifeline))


async def _work(settings: Settings, telemetry: Telemetry, lifeline: int | None) -> None:
    """Do all duties until SIGINT, SIGTERM, or the end of whoever started this."""
    from cli.advancing import do_jobs

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    if lifeline is not None:
        loop.add_reader(lifeline, stopping.set)
    tracer = telemetry.tracer("dexwatch")
    async with AsyncExitStack() as stack:
        databases = RunningDatabase(settings, stack)
        # Jobs end in an order of their own, so that they are done anew and not called off.
        jobs = keep_going("jobs", partial(do_jobs, settings, databases, tracer, stopping), stopping)
        tasks = [
            keep_going(duty.name, partial(_repeat, duty, tracer))
            for duty in _duties(settings, telemetry, databases)
        ]
        if (consumer := _consumer(settings, telemetry)) is not None:
            tasks.append(keep_going("write captured rows", partial(_consume, consumer)))
        await stopping.wait()
        if lifeline is not None:
            loop.remove_reader(lifeline)
        await call_off(*tasks)
        await jobs


def _duties(settings: Settings, telemetry: Telemetry, databases: RunningDatabase) -> Sequence[Duty]:
    from capture.archive.keeping import Archive
    from telemetry.instruments import ArchiveInstruments

    archive = Archive.of(
        settings.data_dir, settings.retention, ArchiveInstruments.create(telemetry.signals)
    )

    async def keep_archive() -> None:
        # What has begun is brought to its end, also when the worker is told to stop meanwhile.
        await asyncio.to_thread(archive.keep, datetime.now(UTC))

    async def forget() -> None:
        from storage.live_store import LiveStore

        live = LiveStore(await databases.reach())
        await live.remove_before(datetime.now(UTC) - LIVE_KEPT)

    return [
        Duty("keep archive", settings.retention.every_seconds, keep_archive),
        Duty("forget what was seen live", FORGET_SECONDS, forget),
        _drift_duty(settings, telemetry, databases),
    ]


def _drift_duty(settings: Settings, telemetry: Telemetry, databases: RunningDatabase) -> Duty:
    from capture.archive.history import CaptureHistory
    from cli.lifecycle import WORKER
    from drift.watch import DriftWatch
    from lifecycle.request import CycleRequests
    from lifecycle.trigger import DriftTrigger
    from registry.cache import ModelCache
    from storage.drift_store import DriftStore

    watch = DriftWatch.of(
        CaptureHistory.of(settings.data_dir),
        ModelCache.of(settings.model, settings.data_dir),
        settings.drift,
    )
    trigger = DriftTrigger(settings.lifecycle)

    async def look_for_drift() -> None:
        database = await databases.reach()
        report = await watch.look(database)
        if report is not None:
            tracer = telemetry.tracer("dexwatch")
            requests = CycleRequests(database, settings.model.name, tracer, WORKER)
            await trigger.consider(report, DriftStore(database), requests)

    return Duty("look for drift", settings.drift.every_seconds, look_for_drift)


def _consumer(settings: Settings, telemetry: Telemetry) -> StreamConsumer | None:
    if settings.stream.url is None:
        return None
    from capture.pipeline import stream_consumer
    from telemetry.instruments import CaptureInstruments, StreamInstruments

    return stream_consumer(
        settings,
        CaptureInstruments.create(telemetry.signals),
        StreamInstruments.create(telemetry.signals),
        telemetry.tracer("dexwatch"),
    )


async def _consume(consumer: StreamConsumer) -> None:
    """Write what the stream brings; once cancelled, also what is held, and then end."""
    consuming = asyncio.ensure_future(asyncio.to_thread(consumer.run))
    try:
        await asyncio.shield(consuming)
    except asyncio.CancelledError:
        consumer.stop()
        await consuming
        raise


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
