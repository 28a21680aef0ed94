"""The dex in a real PostgreSQL."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from config.settings import DatabaseSettings
from etl.snapshot import load_dex
from features.dex import TABLES
from storage.database import Database
from storage.dex_store import DexStore
from storage.errors import DatabaseRefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from features.dex import Dex
    from storage.embedded import DatabaseUrls

SURF = 57
# Long enough that only a notification can explain a change that is seen sooner.
SETTINGS = DatabaseSettings(poll_seconds=60)


@pytest.fixture(scope="module")
def dex() -> Dex:
    """Give the dex of the snapshot."""
    return load_dex()


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
    ["UPDATE moves SET power = 1", "DELETE FROM learnset", "CREATE TABLE dexwatch.mine (id int)"],
)
async def test_the_service_may_not_write(database_urls: DatabaseUrls, statement: str) -> None:
    """The service's role has no right to change the dex or the schema, whatever its session."""
    async with Database.open(SETTINGS, database_urls.service, read_only=False) as database:
        with pytest.raises(DatabaseRefusedError, match="permission denied"):
            async with database.connection() as connection:
                await connection.execute(statement)
