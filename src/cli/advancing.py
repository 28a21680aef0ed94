"""The worker's part in a model's lifecycle: does the jobs, each step in a process of its own."""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, assert_never

from cli.lifecycle import WORKER
from cli.stopping import lifeline
from lifecycle import due
from lifecycle.request import CycleRequests
from registry.cache import ModelCache
from storage.audit_store import AuditEntry, AuditStore
from storage.cycle_store import CHANNEL, MOST_FAILURES, CycleStore
from storage.errors import StorageError
from storage.feedback_store import FeedbackStore
from storage.jobs import work
from storage.listener import Listener
from storage.live_store import LiveStore
from telemetry.lasting import call_off, keep_going
from telemetry.propagation import continued
from telemetry.trace_ids import current_trace_id

if TYPE_CHECKING:
    from uuid import UUID

    from opentelemetry import trace

    from cli.database import RunningDatabase
    from config.settings import Settings
    from storage.cycle_store import Cycle
    from storage.database import Database

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 5.0
LONGEST_PAUSE_SECONDS: Final = 300.0
"""Before a failed step is tried again; it doubles each time."""
RECONNECT_SECONDS: Final = 5.0
STOP_SECONDS: Final = 2.0
_Seen = tuple[object, ...]


class Command(Protocol):
    """Runs a command of ours to its end; gives its status."""

    async def __call__(self, *command: str) -> int:
        """Raise ``OSError`` where it cannot be started."""


async def do_jobs(
    settings: Settings, databases: RunningDatabase, tracer: trace.Tracer, stopping: asyncio.Event
) -> None:
    """Do jobs until told to stop; a database that is away is waited for."""
    told = ""
    while not stopping.is_set():
        try:
            database = await databases.reach()
            requests = CycleRequests(database, settings.model.name, tracer, WORKER)
            await requests.resume()
            beside = [
                keep_going(
                    "registry",
                    partial(follow_registry, database, settings.model.sync_seconds, _ourselves),
                ),
                keep_going(
                    "lost jobs", partial(resume_lost, requests, settings.lifecycle.poll_seconds)
                ),
            ]
            try:
                advance = Advancing(settings, database, tracer, _ourselves).advance
                await work(database, advance, stopping, pause=settings.lifecycle.poll_seconds)
            finally:
                await call_off(*beside)
        except StorageError as error:
            # Once for each reason: it is tried every few seconds.
            if str(error) != told:
                told = str(error)
                logger.warning("jobs cannot be done, trying again: %s", told)
        except Exception:
            logger.exception("jobs could not be done, trying again")
        with suppress(TimeoutError):
            async with asyncio.timeout(RECONNECT_SECONDS):
                await stopping.wait()


async def resume_lost(requests: CycleRequests, every_seconds: float) -> None:
    """Queue the cycle under way again whenever its job is gone, until cancelled."""
    while True:
        await asyncio.sleep(every_seconds)
        try:
            await requests.resume()
        except StorageError as error:
            logger.debug("whether a job was lost cannot be told: %s", error)


@dataclass(frozen=True, slots=True)
class Advancing:
    """Advances cycles.

    A step runs in a process of its own: it may need much memory and all cores, and can be broken
    off at any moment.
    """

    settings: Settings
    database: Database
    tracer: trace.Tracer
    run: Command

    async def advance(self, cycle_id: UUID) -> None:
        """Do step after step of a cycle, each when it is time for it, until it has ended."""
        seen: _Seen = ()
        while True:
            pause = self.settings.lifecycle.poll_seconds
            try:
                cycle = await CycleStore(self.database).get(cycle_id)
                if cycle is None or cycle.state == "ended":
                    return
                before, seen = seen, await self._see(cycle)
                if cycle.state == "requested" or seen != before:
                    status = await self.run("cycle", "advance", str(cycle_id))
                    if status:
                        seen = ()
                    pause = await self._failed(cycle, status) if status else 0.0
                    if cycle.failures and not status:
                        await CycleStore(self.database).succeeded(cycle_id)
            except StorageError as error:
                logger.warning("cycle %s waits for the database: %s", cycle_id, error)
            except Exception:
                # The queue lets go of a job that raises: what serves would be watched no more.
                logger.exception("cycle %s cannot be advanced, trying again", cycle_id)
                seen = ()
            await asyncio.sleep(pause)

    async def _see(self, cycle: Cycle) -> _Seen:
        """Give what a step looks at; while it stays the same there is nothing to do."""
        now = datetime.now(UTC)
        limits, live = self.settings.lifecycle, LiveStore(self.database)
        version = f"v{cycle.challenger}"
        serving = ModelCache.of(self.settings.model, self.settings.data_dir).current_label()
        match cycle.state:
            case "shadowing":
                sums = await live.total(version, "shadow", cycle.state_since, now)
                return (cycle.state, serving, due.is_shadowed(cycle, sums, limits, now))
            case "watching":
                sums = await live.total(version, "serving", cycle.state_since, now)
                told = await FeedbackStore(self.database).count(version, cycle.answers_since)
                over = due.is_watched(cycle, sums, limits, now)
                return (cycle.state, serving, over, told, sums.failures, sums.slow)
            case "requested" | "ended":
                return (cycle.state,)
            case _:
                assert_never(cycle.state)

    async def _failed(self, cycle: Cycle, status: int) -> float:
        """Count a failure; give the pause before the next try."""
        failures = await CycleStore(self.database).failed(cycle.id)
        if failures % MOST_FAILURES == 0:
            summary = f"failed {failures} times in a row, the last with status {status}"
            logger.error("cycle %s, %s: %s", cycle.id, cycle.state, summary)
            if cycle.state == "watching":
                await self._tell(cycle, summary)
        return min(FIRST_PAUSE_SECONDS * 2.0**failures, LONGEST_PAUSE_SECONDS)

    async def _tell(self, cycle: Cycle, summary: str) -> None:
        """Record that a model serves which nobody can watch, for an alert; it is tried on."""
        with self.tracer.start_as_current_span("lifecycle watch", context=continued(cycle.carrier)):
            entry = AuditEntry(
                cycle=cycle.id,
                step="watch",
                outcome="failed",
                actor=WORKER,
                model_version=f"v{cycle.challenger}",
                trace_id=current_trace_id(),
                summary=summary,
                details={},
            )
            await AuditStore(self.database).add(entry)


async def follow_registry(database: Database, every_seconds: float, run: Command) -> None:
    """Bring models into the cache when an alias has moved, until cancelled."""
    moved = asyncio.Event()
    listener = Listener(database, CHANNEL, moved.set)
    pause = every_seconds
    try:
        while True:
            await listener.ensure()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await moved.wait()
            moved.clear()
            # What moved while the registry was away is not to wait for the next usual look.
            try:
                failed = await run("model", "sync")
            except OSError as error:
                logger.warning("models cannot be brought into the cache, trying again: %s", error)
                failed = 1
            pause = every_seconds / 10 if failed else every_seconds
    finally:
        listener.close()


async def _ourselves(*command: str) -> int:
    """Run a command of ours to its end; give its status. It ends with us."""
    with lifeline() as theirs:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli", *command, "--lifeline", str(theirs)),
            stdout=asyncio.subprocess.DEVNULL,
            pass_fds=[theirs],
        )
        try:
            return await process.wait()
        finally:
            if process.returncode is None:
                process.terminate()
                try:
                    async with asyncio.timeout(STOP_SECONDS):
                        await process.wait()
                except TimeoutError:
                    process.kill()
                    await process.wait()
