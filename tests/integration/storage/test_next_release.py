"""The schema of the next release under processes of this one, as during any roll-out."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from config.settings import DatabaseSettings
from storage.api_key import Scope, id_of, new_key
from storage.audit_store import AuditEntry, AuditStore
from storage.cycle_store import CycleStore, NewCycle
from storage.database import Database
from storage.feedback_store import FeedbackStore, JudgedPrediction
from storage.key_store import KeyStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from storage.embedded import DatabaseUrls

DAY = timedelta(days=1)


@asynccontextmanager
async def _owned(urls: DatabaseUrls) -> AsyncIterator[Database]:
    async with Database.open(DatabaseSettings(), urls.owner, read_only=False) as database:
        yield database


async def _widen(urls: DatabaseUrls, table: str) -> None:
    """Do what a migration that is compatible with this release does."""
    async with _owned(urls) as database, database.connection() as connection:
        await connection.execute(f"ALTER TABLE {table} ADD COLUMN later text DEFAULT 'new'")


async def test_keys_bear_another_column(database_urls: DatabaseUrls) -> None:
    """They are read, made, replaced and revoked on connections from before it, too."""
    first, second, third = new_key(), new_key(), new_key()
    async with _owned(database_urls) as database:
        keys = KeyStore(database)
        before = await keys.add(first, "one", [Scope.FEEDBACK], DAY, "me")
        assert await keys.all() == [before]
        await _widen(database_urls, "api_keys")
        assert await keys.all() == [before]
        assert (await keys.add(second, "two", [Scope.FEEDBACK], DAY, "me")).name == "two"
        assert await keys.replace(id_of(first), third, DAY, DAY, "me") is not None
        assert await keys.revoke(id_of(third), "me") is not None
        assert len(await keys.all()) == 3


async def test_feedback_bears_another_column(database_urls: DatabaseUrls) -> None:
    """It is found, added and gone through with the service's own rights."""
    began = datetime.now(UTC)
    judged = [
        JudgedPrediction(
            prediction_id=uuid4(),
            winner="A",
            predicted_at=began,
            model_version="v3",
            pokemon_a_id=9,
            pokemon_b_id=6,
            recommended_move="surf",
            win_probability=0.75,
        )
        for _ in range(2)
    ]
    async with Database.open(DatabaseSettings(), database_urls.service) as database:
        feedback = FeedbackStore(database)
        before = await feedback.add(judged[0])
        assert before is not None
        assert await feedback.find(before.prediction_id) == before
        await _widen(database_urls, "feedback")
        assert await feedback.find(before.prediction_id) == before
        after = await feedback.add(judged[1])
        assert after is not None
        assert await feedback.of_version("v3", began - DAY, 10) == [after, before]
        assert [one async for one in feedback.since(began - DAY)] == [before, after]
        assert await feedback.outcomes(10) == {"v3": {(0.75, "A"): 2}}


async def test_cycles_bear_another_column(database_urls: DatabaseUrls) -> None:
    """They begin, go on and end."""
    async with _owned(database_urls) as database:
        cycles = CycleStore(database)
        first = await cycles.begin(NewCycle(id=uuid4(), model="one", reason="a test", carrier={}))
        assert first is not None
        assert await cycles.get(first.id) == first
        await _widen(database_urls, "cycles")
        assert await cycles.get(first.id) == first
        assert await cycles.under_way("one") == first
        assert await cycles.recent("one", 10) == [first]
        assert await cycles.go_on(first.id, "shadowing", champion=1, challenger=2) is not None
        assert await cycles.end(first.id, "kept") is not None
        other = NewCycle(id=uuid4(), model="one", reason="a test", carrier={})
        assert await cycles.begin(other) is not None


async def test_the_audit_bears_another_column(database_urls: DatabaseUrls) -> None:
    """Steps are added and read."""
    async with _owned(database_urls) as database:
        audit, cycle = AuditStore(database), uuid4()
        await CycleStore(database).begin(
            NewCycle(id=cycle, model="one", reason="a test", carrier={})
        )
        entry = AuditEntry(
            cycle=cycle,
            step="train",
            outcome="done",
            actor="me",
            model_version=None,
            trace_id=None,
            summary="a test",
            details={"rows": 3},
        )
        await audit.add(entry)
        before = await audit.of_cycle(cycle)
        await _widen(database_urls, "audit")
        await audit.add(entry)
        assert (await audit.of_cycle(cycle))[:1] == before
        assert await audit.counts() == {("train", "done"): 2}
