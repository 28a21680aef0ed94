"""The worker's loop around the steps, in a real database; steps are played."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from tests.waiting import LONGEST_SECONDS, until

from cli import advancing
from cli.advancing import Advancing, follow_registry, resume_lost
from config.settings import DatabaseSettings, LifecycleSettings, Settings
from lifecycle.request import CycleRequests
from storage.audit_store import AuditStore
from storage.cycle_store import MOST_FAILURES, CycleStore
from storage.database import Database
from storage.jobs import JobQueue
from telemetry.setup import start

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from storage.cycle_store import Cycle, State
    from storage.embedded import DatabaseUrls

SETTINGS = Settings(lifecycle=LifecycleSettings(poll_seconds=0.05))


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advancing, "FIRST_PAUSE_SECONDS", 0.0)


@asynccontextmanager
async def _under_way(urls: DatabaseUrls, state: State) -> AsyncIterator[tuple[Database, Cycle]]:
    telemetry = start({})
    try:
        async with Database.open(DatabaseSettings(), urls.owner, read_only=False) as database:
            requests = CycleRequests(database, "dexwatch", telemetry.tracer("dexwatch"), "test")
            cycle = await requests.begin("a test", state=state, champion=1, challenger=2)
            assert cycle is not None
            yield database, cycle
    finally:
        telemetry.shutdown()


async def _advance(database: Database, cycle: Cycle, *outcomes: int | OSError) -> Cycle:
    """Have steps come out like that, and end the cycle after them; give it as it is before."""
    left = list(outcomes)
    store = CycleStore(database)
    last = [cycle]

    async def run(*_: str) -> int:
        if left:
            outcome = left.pop(0)
            if isinstance(outcome, OSError):
                raise outcome
            return outcome
        last[0] = await store.get(cycle.id) or cycle
        await store.end(cycle.id, "kept")
        return 0

    telemetry = start({})
    try:
        advancing_ = Advancing(SETTINGS, database, telemetry.tracer("dexwatch"), run)
        async with asyncio.timeout(20):
            await advancing_.advance(cycle.id)
    finally:
        telemetry.shutdown()
    assert not left
    return last[0]


async def test_failures_that_lie_apart_do_not_add_up(database_urls: DatabaseUrls) -> None:
    """A step that succeeds begins the count anew."""
    async with _under_way(database_urls, "requested") as (database, cycle):
        last = await _advance(database, cycle, *[1, 1, 0] * MOST_FAILURES, 1)
        assert last.failures == 1


async def test_a_watch_is_never_given_up(database_urls: DatabaseUrls) -> None:
    """However often it fails; the record tells so every few times, in the trace of the cycle."""
    async with _under_way(database_urls, "watching") as (database, cycle):
        last = await _advance(database, cycle, *[1] * (2 * MOST_FAILURES + 1))
        assert (last.state, last.failures) == ("watching", 2 * MOST_FAILURES + 1)
        request, *told = await AuditStore(database).of_cycle(cycle.id)
        assert [(row.step, row.outcome) for row in told] == [("watch", "failed")] * 2
        assert {row.trace_id for row in told} == {request.trace_id}
        assert told[0].summary == "failed 5 times in a row, the last with status 1"


async def test_a_step_that_cannot_be_started_is_tried_again(database_urls: DatabaseUrls) -> None:
    """The job does not end with it: nobody would advance the cycle any more."""
    async with _under_way(database_urls, "watching") as (database, cycle):
        await _advance(database, cycle, OSError(24, "Too many open files"))
        ended = await CycleStore(database).get(cycle.id)
        assert ended is not None
        assert ended.outcome == "kept"


async def test_a_cycle_whose_job_was_lost_is_queued_again(database_urls: DatabaseUrls) -> None:
    """Without a new connection or a new worker."""
    async with _under_way(database_urls, "watching") as (database, cycle):
        async with database.connection() as connection:
            await connection.execute("DELETE FROM pgqueuer")
        telemetry = start({})
        requests = CycleRequests(database, "dexwatch", telemetry.tracer("dexwatch"), "worker")
        resuming = asyncio.create_task(resume_lost(requests, 0.1))
        async with asyncio.timeout(LONGEST_SECONDS):
            while not await database.fetchval("SELECT count(*) FROM pgqueuer"):  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0.1)
        resuming.cancel()
        with suppress(asyncio.CancelledError):
            await resuming
        telemetry.shutdown()
        assert await JobQueue(database).add(cycle.id, "dexwatch") is None


async def test_a_look_into_the_registry_that_cannot_be_started_is_tried_again(
    database_urls: DatabaseUrls, caplog: pytest.LogCaptureFixture
) -> None:
    """And told: models would come into the cache no more."""
    left: list[OSError | int] = [OSError(11, "no more processes"), 0, 0]

    async def run(*command: str) -> int:
        assert command == ("model", "sync")
        outcome = left.pop(0) if left else 0
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    async with Database.open(DatabaseSettings(), database_urls.owner) as database:
        following = asyncio.create_task(follow_registry(database, 0.05, run))
        await until(lambda: following.done() or not left)
        assert not following.done()
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
    assert "no more processes" in caplog.text
