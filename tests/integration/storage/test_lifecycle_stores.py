"""Cycles, their audit, live sums and jobs in a real PostgreSQL."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import asyncpg
import pytest
from tests.waiting import until

from config.settings import DatabaseSettings
from storage import jobs
from storage.audit_store import AuditEntry, AuditStore
from storage.cycle_store import CHANNEL, CycleStore, NewCycle
from storage.database import Database
from storage.drift_store import DriftStore
from storage.feedback_store import FeedbackStore, JudgedPrediction
from storage.jobs import JobQueue, work
from storage.live_store import LiveStore, LiveTotal, LiveWindow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from storage.embedded import DatabaseUrls


@asynccontextmanager
async def _owned(urls: DatabaseUrls) -> AsyncIterator[Database]:
    async with Database.open(DatabaseSettings(), urls.owner, read_only=False) as database:
        yield database


def _new(model: str = "dexwatch") -> NewCycle:
    return NewCycle(id=uuid4(), model=model, reason="test", carrier={"traceparent": "00-a-b-01"})


async def test_one_cycle_of_a_model_is_under_way(database_urls: DatabaseUrls) -> None:
    """Another can begin when it has ended, and one of another model at any time."""
    async with _owned(database_urls) as database:
        cycles = CycleStore(database)
        first = await cycles.begin(_new())
        assert first is not None
        assert await cycles.begin(_new()) is None
        assert await cycles.begin(_new("other")) is not None
        assert await cycles.under_way("dexwatch") == first
        assert first.carrier == {"traceparent": "00-a-b-01"}
        assert await cycles.end(first.id, "kept") is not None
        assert await cycles.begin(_new()) is not None
        assert len(await cycles.recent("dexwatch", 10)) == 2


async def test_a_cycle_that_has_ended_stays_as_it_ended(database_urls: DatabaseUrls) -> None:
    """Whoever comes late neither moves it nor ends it otherwise."""
    async with _owned(database_urls) as database:
        cycles = CycleStore(database)
        cycle = await cycles.begin(_new())
        assert cycle is not None
        assert await cycles.failed(cycle.id) == 1
        moved = await cycles.go_on(cycle.id, "shadowing", champion=1, challenger=2)
        assert moved is not None
        assert (moved.champion, moved.challenger, moved.failures) == (1, 2, 0)
        assert await cycles.end(cycle.id, "cancelled") is not None
        assert await cycles.go_on(cycle.id, "watching") is None
        assert await cycles.end(cycle.id, "kept") is None
        ended = await cycles.get(cycle.id)
        assert ended is not None
        assert (ended.state, ended.outcome) == ("ended", "cancelled")


async def test_who_moves_a_cycle_tells_every_machine(database_urls: DatabaseUrls) -> None:
    """An alias has moved with it; who comes late has moved nothing."""
    heard: list[object] = []
    connection = await asyncpg.connect(database_urls.owner)
    try:
        await connection.add_listener(CHANNEL, lambda *told: heard.append(told[-1]))
        async with _owned(database_urls) as database:
            cycles = CycleStore(database)
            cycle = await cycles.begin(_new())
            assert cycle is not None
            assert await cycles.go_on(cycle.id, "shadowing", champion=1, challenger=2) is not None
            assert await cycles.end(cycle.id, "cancelled") is not None
            assert await cycles.go_on(cycle.id, "watching") is None
            assert await cycles.end(cycle.id, "kept") is None
            await cycles.tell_alias_moved()
        await until(lambda: len(heard) >= 3)
        assert len(heard) == 3
    finally:
        await connection.close()


async def test_the_audit_is_never_changed(database_urls: DatabaseUrls) -> None:
    """Rows are added, in their order; not even the owner alters or removes one."""
    async with _owned(database_urls) as database:
        cycle = await CycleStore(database).begin(_new())
        assert cycle is not None
        audit = AuditStore(database)
        for step in ("request", "gate"):
            await audit.add(
                AuditEntry(
                    cycle=cycle.id,
                    step=step,
                    outcome="done",
                    actor="test",
                    model_version="v2",
                    trace_id="0" * 32,
                    summary="as it was",
                    details={"brier": 0.05},
                )
            )
        rows = await audit.of_cycle(cycle.id)
        assert [row.step for row in rows] == ["request", "gate"]
        assert rows[0].details == {"brier": 0.05}
        assert await audit.counts() == {("request", "done"): 1, ("gate", "done"): 1}
    connection = await asyncpg.connect(database_urls.owner)
    try:
        for change in ("UPDATE dexwatch.audit SET summary = ''", "DELETE FROM dexwatch.audit"):
            with pytest.raises(asyncpg.RaiseError, match="never changed"):
                await connection.execute(change)
    finally:
        await connection.close()


async def test_live_sums_add_up_over_processes_and_time(database_urls: DatabaseUrls) -> None:
    """The service adds windows; whoever asks gets their sums between two moments."""
    window = LiveWindow(
        model_version="v2",
        role="shadow",
        predictions=10,
        failures=1,
        seconds=0.5,
        disagreements=2,
        difference=0.3,
        skipped=4,
    )
    async with Database.open(DatabaseSettings(), database_urls.service) as database:
        store = LiveStore(database)
        before = datetime.now(UTC)
        await store.add([window, window])
        after = datetime.now(UTC) + timedelta(seconds=1)
        total = await store.total("v2", "shadow", before, after)
        assert (total.predictions, total.failures, total.skipped) == (20, 2, 8)
        assert (total.seconds, total.difference) == pytest.approx((1.0, 0.6))
        assert (total.failed_windows, total.slow_windows, total.asked) == (2, 0, 22)
        assert await store.total("v2", "serving", before, after) == LiveTotal()
        assert await store.total("v2", "shadow", after, after) == LiveTotal()


async def test_a_watch_hears_of_predictions_since_the_promotion_alone(
    database_urls: DatabaseUrls,
) -> None:
    """However late their winner is told: the version may have served before."""
    promoted = datetime.now(UTC)
    before, after = (
        JudgedPrediction(
            prediction_id=uuid4(),
            winner="A",
            predicted_at=promoted + timedelta(seconds=seconds),
            model_version="v2",
            pokemon_a_id=9,
            pokemon_b_id=6,
            recommended_move="surf",
            win_probability=0.75,
        )
        for seconds in (-60, 60)
    )
    async with _owned(database_urls) as database:
        store = FeedbackStore(database)
        for one in (after, before):
            assert await store.add(one)
        (told,) = await store.of_version("v2", promoted, 10)
        assert told.prediction_id == after.prediction_id
        assert await store.count("v2", promoted) == 1


async def test_since_when_reports_say_the_same(database_urls: DatabaseUrls) -> None:
    """The first of the last ones that do, of one version."""
    told = [("v1", "drifted"), ("v1", "steady"), ("v2", "drifted"), *[("v1", "drifted")] * 3]
    async with _owned(database_urls) as database:
        store = DriftStore(database)
        assert await store.standing("v1", "drifted") is None
        for number, (version, verdict) in enumerate(told):
            report = f'{{"number": {number}}}'.encode()
            await store.add(datetime.now(UTC), version, verdict, 1, report)
        assert await store.standing("v1", "drifted") == (3, b'{"number": 3}')
        assert await store.standing("v2", "drifted") is None


async def test_one_job_of_a_model_is_queued(database_urls: DatabaseUrls) -> None:
    """Another one can be once it is done."""
    cycle_id = uuid4()
    done: list[UUID] = []
    stopping = asyncio.Event()

    async def advance(given: UUID) -> None:
        done.append(given)
        stopping.set()

    async with _owned(database_urls) as database:
        queue = JobQueue(database)
        assert await queue.add(cycle_id, "dexwatch") is not None
        assert await queue.add(uuid4(), "dexwatch") is None
        await asyncio.wait_for(work(database, advance, stopping, pause=0.2), 20)
        assert done == [cycle_id]
        assert await queue.add(uuid4(), "dexwatch") is not None


async def test_a_stop_leaves_the_job_to_the_next_worker(database_urls: DatabaseUrls) -> None:
    """What runs is broken off when its worker stops, and done anew, not called off."""
    started, stopping = asyncio.Event(), asyncio.Event()

    async def forever(_: UUID) -> None:
        started.set()
        await asyncio.sleep(3600)

    async def at_once(_: UUID) -> None:
        stopping.set()

    async with _owned(database_urls) as database:
        await JobQueue(database).add(uuid4(), "dexwatch")
        first = asyncio.create_task(work(database, forever, stopping, pause=0.2))
        await asyncio.wait_for(started.wait(), 10)
        stopping.set()
        await asyncio.wait_for(first, 10)
        stopping.clear()
        await asyncio.wait_for(work(database, at_once, stopping, pause=0.2), 20)
        assert stopping.is_set()


async def test_a_killed_worker_s_job_is_taken_over(
    database_urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once its heartbeat is old, another worker does it."""
    monkeypatch.setattr(jobs, "HEARTBEAT_SECONDS", 1.0)
    stopping = asyncio.Event()

    async def at_once(_: UUID) -> None:
        stopping.set()

    async with _owned(database_urls) as database:
        job_id = await JobQueue(database).add(uuid4(), "dexwatch")
        async with database.connection() as connection:
            # As a worker that was killed leaves it: picked, and silent since.
            await connection.execute(
                "UPDATE pgqueuer SET status = 'picked', queue_manager_id = gen_random_uuid(),"
                " heartbeat = now() - interval '1 minute', slot = 1 WHERE id = $1",
                job_id,
            )
        await asyncio.wait_for(work(database, at_once, stopping, pause=0.2), 20)
        assert stopping.is_set()


async def test_a_job_that_is_called_off_is_broken_off(database_urls: DatabaseUrls) -> None:
    """Whoever does it is cancelled, and nobody does it again."""
    started, ended, stopping = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def forever(_: UUID) -> None:
        started.set()
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    async with _owned(database_urls) as database:
        queue = JobQueue(database)
        job_id = await queue.add(uuid4(), "dexwatch")
        assert job_id is not None
        working = asyncio.create_task(work(database, forever, stopping, pause=0.2))
        await asyncio.wait_for(started.wait(), 10)
        await queue.cancel(job_id)
        await asyncio.wait_for(ended.wait(), 10)
        started.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(started.wait(), 1)
        stopping.set()
        await asyncio.wait_for(working, 10)
        assert not started.is_set()
        assert await queue.add(uuid4(), "dexwatch") is not None
