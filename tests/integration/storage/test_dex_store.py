"""The dex in a real PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from config.settings import DatabaseSettings
from features.dex import TABLES
from storage.database import Database
from storage.dex_store import DexStore
from storage.embedded import EmbeddedPostgres
from storage.errors import DatabaseRefusedError
from storage.migrations import upgrade

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from features.dex import Dex
    from storage.embedded import DatabaseUrls

SURF = 57
# Long enough that only a notification can explain a change that is seen sooner.
SETTINGS = DatabaseSettings(poll_seconds=60)


@asynccontextmanager
async def _store(url: str, *, read_only: bool = False) -> AsyncIterator[DexStore]:
    async with Database.open(SETTINGS, url, read_only=read_only) as database:
        yield DexStore(database)


async def test_what_is_stored_is_read_back_to_the_last_value(
    database_urls: DatabaseUrls, dex: Dex
) -> None:
    """All five tables come back with the same types and values, by the service's own role."""
    async with _store(database_urls.owner) as store:
        loaded = await store.replace(dex)
    assert loaded.changed
    assert loaded.rows["moves"] == 223
    async with _store(database_urls.service, read_only=True) as store:
        read = await store.load()
    assert read is not None
    assert read.version == dex.version
    for table in TABLES:
        assert_frame_equal(getattr(read, table), getattr(dex, table), check_exact=True)


async def test_there_is_no_dex_before_the_first_load(database_urls: DatabaseUrls) -> None:
    """An empty database gives no dex rather than an empty one."""
    async with _store(database_urls.service, read_only=True) as store:
        assert await store.version() is None
        assert await store.load() is None


async def test_the_same_dex_again_writes_nothing(database_urls: DatabaseUrls, dex: Dex) -> None:
    """A second load of the same version changes nothing and says so."""
    async with _store(database_urls.owner) as store:
        await store.replace(dex)
        assert not (await store.replace(dex)).changed


async def test_a_refused_row_leaves_the_old_dex(database_urls: DatabaseUrls, dex: Dex) -> None:
    """A row that the database refuses undoes the whole load."""
    broken = dex.moves.with_columns(pl.lit(0, pl.Int16).alias("pp"))
    async with _store(database_urls.owner) as store:
        await store.replace(dex)
        with pytest.raises(DatabaseRefusedError, match="pp"):
            await store.replace(replace(dex, moves=broken, version="broken"))
        read = await store.load()
    assert read is not None
    assert read.version == dex.version
    assert_frame_equal(read.moves, dex.moves)


async def test_two_loads_at_once_end_with_one_of_them_whole(
    database_urls: DatabaseUrls, dex: Dex
) -> None:
    """Loads at the same time wait for each other; neither mixes with the other."""
    stronger = dex.moves.with_columns((pl.col("power") + 1).alias("power"))
    other = replace(dex, moves=stronger, version="stronger")
    async with _store(database_urls.owner) as store:
        await asyncio.gather(*(store.replace(each) for each in (dex, other, dex, other)))
        read = await store.load()
    assert read is not None
    expected = {dex.version: dex, "stronger": other}[read.version]
    assert_frame_equal(read.moves, expected.moves)


async def test_a_row_changed_by_hand_is_heard_at_once(
    database_urls: DatabaseUrls, dex: Dex
) -> None:
    """An UPDATE of one base power reaches the watcher by notification."""
    heard: asyncio.Queue[Dex] = asyncio.Queue()
    async with (
        _store(database_urls.owner) as store,
        Database.open(SETTINGS, database_urls.service) as service,
        Database.open(SETTINGS, database_urls.owner, read_only=False) as owner,
    ):
        await store.replace(dex)
        watching = asyncio.create_task(DexStore(service).watch(heard.put))
        assert (await asyncio.wait_for(heard.get(), 10)).version == dex.version
        async with owner.connection() as connection:
            await connection.execute("UPDATE moves SET power = 91 WHERE move_id = $1", SURF)
        changed = await asyncio.wait_for(heard.get(), 10)
        watching.cancel()
    assert changed.version != dex.version
    assert changed.moves.filter(pl.col("move_id") == SURF)["power"].item() == 91


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE types SET name_fr = 'x' WHERE type_id = 1",
        "UPDATE type_affinities SET multiplier = 2 WHERE attacking_type_id = 1",
        "UPDATE forms SET hp = 1 WHERE form_id = 1",
        "UPDATE learnset SET method = 'gift', level = NULL WHERE form_id = 1",
        "DELETE FROM learnset WHERE form_id = 1",
        "TRUNCATE learnset",
    ],
)
async def test_every_change_makes_another_version(
    database_urls: DatabaseUrls, dex: Dex, statement: str
) -> None:
    """No table can be changed by hand without the version telling; a load sets it right again."""
    async with Database.open(SETTINGS, database_urls.owner, read_only=False) as owner:
        store = DexStore(owner)
        await store.replace(dex)
        async with owner.connection() as connection:
            await connection.execute(statement)
        assert await store.version() != dex.version
        assert (await store.replace(dex)).changed
        assert await store.version() == dex.version


async def test_a_change_without_a_notification_is_found_by_comparing(
    database_urls: DatabaseUrls, dex: Dex
) -> None:
    """Where notifications do not arrive, the watcher still sees a change."""
    heard: asyncio.Queue[Dex] = asyncio.Queue()
    often = DatabaseSettings(poll_seconds=0.2)
    async with (
        Database.open(often, database_urls.service) as service,
        Database.open(SETTINGS, database_urls.owner, read_only=False) as owner,
    ):
        await DexStore(owner).replace(dex)
        async with owner.connection() as connection:
            await connection.execute("ALTER TABLE dex_version DISABLE TRIGGER announce_dex")
        watching = asyncio.create_task(DexStore(service).watch(heard.put))
        await asyncio.wait_for(heard.get(), 10)
        await DexStore(owner).replace(replace(dex, version="other"))
        assert (await asyncio.wait_for(heard.get(), 10)).version == "other"
        watching.cancel()


async def test_lost_connections_are_replaced_without_waiting_for_the_next_comparison(
    database_urls: DatabaseUrls, dex: Dex
) -> None:
    """When the server ends the watcher's sessions, it listens again at once."""
    heard: asyncio.Queue[Dex] = asyncio.Queue()
    async with (
        Database.open(SETTINGS, database_urls.service) as service,
        Database.open(SETTINGS, database_urls.owner, read_only=False) as owner,
        Database.open(SETTINGS, database_urls.superuser) as superuser,
    ):
        await DexStore(owner).replace(dex)
        watching = asyncio.create_task(DexStore(service).watch(heard.put))
        await asyncio.wait_for(heard.get(), 10)
        ended = await superuser.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE usename = 'dexwatch_service' AND datname = current_database()"
        )
        assert ended
        await DexStore(owner).replace(replace(dex, version="other"))
        assert (await asyncio.wait_for(heard.get(), 10)).version == "other"
        watching.cancel()


async def test_watching_goes_on_after_the_server_was_killed(tmp_path: Path, dex: Dex) -> None:
    """Kill -9 of the server is told; after its restart the watcher hears of changes again."""
    heard: asyncio.Queue[Dex] = asyncio.Queue()
    answers: asyncio.Queue[bool] = asyncio.Queue()

    def note(*, answered: bool) -> None:
        answers.put_nowait(answered)

    async def until(*, answered: bool) -> None:
        async with asyncio.timeout(10):
            while await answers.get() is not answered:
                pass

    server = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    async with AsyncExitStack() as stack:
        with server.started() as urls:
            await asyncio.to_thread(upgrade, urls.owner)
            service = await stack.enter_async_context(Database.open(SETTINGS, urls.service))
            owner = await stack.enter_async_context(
                Database.open(SETTINGS, urls.owner, read_only=False)
            )
            await DexStore(owner).replace(dex)
            watching = asyncio.create_task(DexStore(service).watch(heard.put, on_check=note))
            await until(answered=True)
            assert (await heard.get()).version == dex.version
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            await until(answered=False)
        with server.started():
            await until(answered=True)
            await DexStore(owner).replace(replace(dex, version="other"))
            assert (await asyncio.wait_for(heard.get(), 10)).version == "other"
            watching.cancel()
            await stack.aclose()


async def test_a_dex_that_cannot_be_used_does_not_end_the_watching(
    database_urls: DatabaseUrls, dex: Dex, caplog: pytest.LogCaptureFixture
) -> None:
    """A failing consumer is logged and asked again; the check does not call its dex fresh."""
    used: asyncio.Queue[str] = asyncio.Queue()
    checks: list[bool] = []
    attempts = 0

    async def use(changed: Dex) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            assert not checks
            raise KeyError("a move without a type")
        await used.put(changed.version)

    def note(*, answered: bool) -> None:
        checks.append(answered)

    often = DatabaseSettings(poll_seconds=0.1)
    async with (
        _store(database_urls.owner) as store,
        Database.open(often, database_urls.service) as service,
    ):
        await store.replace(dex)
        watching = asyncio.create_task(DexStore(service).watch(use, on_check=note))
        assert await asyncio.wait_for(used.get(), 10) == dex.version
        watching.cancel()
    assert attempts == 2
    assert "cannot be used" in caplog.text


@pytest.mark.parametrize(
    "statement",
    ["UPDATE moves SET power = 1", "DELETE FROM learnset", "CREATE TABLE dexwatch.mine (id int)"],
)
async def test_the_service_may_not_write(database_urls: DatabaseUrls, statement: str) -> None:
    """The service's role has no right to change the dex or the schema, whatever its session."""
    async with Database.open(SETTINGS, database_urls.service, read_only=False) as database:
        with pytest.raises(DatabaseRefusedError, match="permission denied"):
            async with database.connection() as connection:
                await connection.execute(statement)
