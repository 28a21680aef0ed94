"""The migrations, replayed from nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import asyncpg
import pytest

from config.settings import DatabaseSettings
from features.dex import KEYS, NULLABLE, TABLES
from storage.database import Database
from storage.errors import DatabaseRefusedError, StaleSchemaError
from storage.migrations import head_revision, upgrade
from storage.schema import await_schema, check_schema

if TYPE_CHECKING:
    from storage.embedded import DatabaseUrls

OTHERS = (
    *("dex_version", "feedback", "drift_reports", "alembic_version"),
    *("cycles", "audit", "live_windows"),
    *("api_keys", "api_key_events", "feedback_keys"),
)
TYPES = {
    "Int16": "smallint",
    "Int32": "integer",
    "String": "text",
    "Float32": "real",
    "Boolean": "boolean",
}


async def _fetch(url: str, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()


async def test_the_schema_is_the_contract_of_the_dex(database_urls: DatabaseUrls) -> None:
    """Columns, their order, their types and what may be null are those of features.dex."""
    rows = await _fetch(
        database_urls.owner,
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
        " WHERE table_schema = 'dexwatch' ORDER BY table_name, ordinal_position",
    )
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for table, column, kind, nullable in rows:
        found.setdefault(table, []).append((column, kind, nullable == "YES"))
    expected = {
        table: [
            (column, TYPES[str(kind)], (table, column) in NULLABLE)
            for column, kind in columns.items()
        ]
        for table, columns in TABLES.items()
    }
    assert {table: found[table] for table in TABLES} == expected
    queue = {name for name in found if name.startswith("pgqueuer")}
    assert set(found) - queue == {*TABLES, *OTHERS}


async def test_keys_are_those_of_the_contract(database_urls: DatabaseUrls) -> None:
    """The primary keys are what features.dex sorts the tables by."""
    rows = await _fetch(
        database_urls.owner,
        "SELECT conrelid::regclass::text, array_agg(attname::text ORDER BY position)"
        " FROM pg_constraint CROSS JOIN unnest(conkey) WITH ORDINALITY AS key (number, position)"
        " JOIN pg_attribute ON attrelid = conrelid AND attnum = number"
        " WHERE contype = 'p' AND connamespace = 'dexwatch'::regnamespace GROUP BY conrelid",
    )
    found = {table.removeprefix("dexwatch."): tuple(columns) for table, columns in rows}
    assert {table: found[table] for table in TABLES} == dict(KEYS)


async def test_every_reference_is_held(database_urls: DatabaseUrls) -> None:
    """Each id of another table's row is a foreign key to it."""
    rows = await _fetch(
        database_urls.owner,
        "SELECT conrelid::regclass::text, attname, confrelid::regclass::text FROM pg_constraint"
        " JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]"
        " WHERE contype = 'f' AND connamespace = 'dexwatch'::regnamespace",
    )
    found = {tuple(str(name).removeprefix("dexwatch.") for name in row) for row in rows}
    assert found == {
        ("audit", "cycle", "cycles"),
        ("api_key_events", "key_id", "api_keys"),
        ("feedback_keys", "prediction_id", "feedback"),
        ("feedback_keys", "key_id", "api_keys"),
        ("type_affinities", "attacking_type_id", "types"),
        ("type_affinities", "defending_type_id", "types"),
        ("forms", "type1_id", "types"),
        ("forms", "type2_id", "types"),
        ("moves", "type_id", "types"),
        ("learnset", "form_id", "forms"),
        ("learnset", "move_id", "moves"),
        ("learnset", "source_form_id", "forms"),
    }


async def test_the_service_may_read_and_add_alone(database_urls: DatabaseUrls) -> None:
    """The running service's role reads, and adds what it hears and sees; it has no other right."""
    rows = await _fetch(
        database_urls.superuser,
        "SELECT tables.relname, right_ FROM pg_class AS tables CROSS JOIN unnest(ARRAY['SELECT',"
        " 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS right_"
        " WHERE relkind = 'r' AND relnamespace = 'dexwatch'::regnamespace"
        " AND has_table_privilege('dexwatch_service', tables.oid, right_)",
    )
    assert {tuple(row) for row in rows} == {
        *((table, "SELECT") for table in {*TABLES, *OTHERS} - {"api_key_events", "feedback_keys"}),
        ("feedback", "INSERT"),
        ("feedback_keys", "INSERT"),
        ("live_windows", "INSERT"),
    }
    schemas = await _fetch(
        database_urls.superuser,
        "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg_%'"
        " AND has_schema_privilege('dexwatch_service', oid, 'CREATE')",
    )
    assert schemas == []


async def test_a_schema_that_is_not_ours_is_refused(database_urls: DatabaseUrls) -> None:
    """An older schema names the command that upgrades it; a newer one names the cure too."""
    owner = await asyncpg.connect(database_urls.owner)
    async with Database.open(DatabaseSettings(), database_urls.service) as database:
        await check_schema(database)
        await owner.execute("UPDATE dexwatch.alembic_version SET version_num = '0000'")
        with pytest.raises(StaleSchemaError, match="dexwatch db upgrade"):
            await check_schema(database)
        await owner.execute("UPDATE dexwatch.alembic_version SET version_num = '9999'")
        with pytest.raises(StaleSchemaError, match="newer"):
            await check_schema(database)
    await owner.close()


async def test_a_schema_that_is_not_ours_is_waited_for(
    database_urls: DatabaseUrls, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever came to the database late takes nothing from it before the upgrade; told once."""
    owner = await asyncpg.connect(database_urls.owner)
    await owner.execute("UPDATE dexwatch.alembic_version SET version_num = '0000'")
    tries = asyncio.Semaphore(0)
    async with Database.open(DatabaseSettings(), database_urls.service) as database:
        waiting = asyncio.create_task(await_schema(database, tries.release))
        for _ in range(2):
            await tries.acquire()
        assert not waiting.done()
        await owner.execute("UPDATE dexwatch.alembic_version SET version_num = $1", head_revision())
        await asyncio.wait_for(waiting, 5)
    await owner.close()
    assert [record.message for record in caplog.records].count(
        "nothing is read from the database: the database has schema 0000, this release needs "
        f"{head_revision()}: run `dexwatch db upgrade`"
    ) == 1


async def test_an_empty_database_is_refused(empty_database_urls: DatabaseUrls) -> None:
    """Without any schema the message names the command as well."""
    async with Database.open(DatabaseSettings(), empty_database_urls.owner) as database:
        with pytest.raises(StaleSchemaError, match="dexwatch db upgrade"):
            await check_schema(database)


def test_an_upgrade_is_done_once(empty_database_urls: DatabaseUrls) -> None:
    """A second upgrade finds nothing to do."""
    assert upgrade(empty_database_urls.owner)
    assert not upgrade(empty_database_urls.owner)
    assert head_revision().isdigit()


def test_two_upgrades_at_once_are_one(empty_database_urls: DatabaseUrls) -> None:
    """Of upgrades started together one does the work, the others wait and find it done."""
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(upgrade, [empty_database_urls.owner] * 4))
    assert sorted(done) == [False, False, False, True]


async def test_an_upgrade_that_fails_leaves_nothing(empty_database_urls: DatabaseUrls) -> None:
    """All missing revisions are one transaction: a refusal on the way undoes the schema too."""
    await _fetch(empty_database_urls.owner, "CREATE SCHEMA dexwatch")
    await _fetch(empty_database_urls.owner, "CREATE TABLE dexwatch.learnset (mine int)")
    with pytest.raises(DatabaseRefusedError, match="learnset"):
        await asyncio.to_thread(upgrade, empty_database_urls.owner)
    rows = await _fetch(
        empty_database_urls.owner,
        "SELECT relname FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'dexwatch'::regnamespace",
    )
    assert [row["relname"] for row in rows] == ["learnset"]


def test_an_upgrade_from_a_later_release_is_refused(database_urls: DatabaseUrls) -> None:
    """A schema that this code does not know is left alone."""
    asyncio.run(
        _fetch(database_urls.owner, "UPDATE dexwatch.alembic_version SET version_num = '9999'")
    )
    with pytest.raises(StaleSchemaError, match="newer"):
        upgrade(database_urls.owner)


def test_a_start_with_nothing_to_do_does_not_pay_for_alembic(database_urls: DatabaseUrls) -> None:
    """At the newest revision neither Alembic nor SQLAlchemy is imported."""
    program = (
        "import sys; from storage.migrations import upgrade; assert not upgrade(sys.argv[1]);"
        "print([name for name in ('alembic', 'sqlalchemy') if name in sys.modules])"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program, database_urls.owner],
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout.strip() == "[]"
