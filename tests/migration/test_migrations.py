"""The migrations, replayed from nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest

from config.settings import DatabaseSettings
from features.dex import NULLABLE, TABLES
from storage.database import Database
from storage.errors import StaleSchemaError
from storage.migrations import head_revision, upgrade
from storage.schema import check_schema

if TYPE_CHECKING:
    from storage.embedded import DatabaseUrls

TYPES = {
    "Int16": "smallint",
    "Int32": "integer",
    "String": "text",
    "Float32": "real",
    "Boolean": "boolean",
}


async def test_the_schema_is_the_contract_of_the_dex(database_urls: DatabaseUrls) -> None:
    """Columns, their order, their types and what may be null are those of features.dex."""
    connection = await asyncpg.connect(database_urls.owner)
    rows = await connection.fetch(
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
        " WHERE table_schema = 'dexwatch' ORDER BY table_name, ordinal_position"
    )
    await connection.close()
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
    assert set(found) == {*TABLES, "dex_version", "alembic_version"}


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
