"""A server of somebody else's: one ordinary user, no role of ours, an older PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from tests.acceptance.service import free_port
from tests.programs import leave_out

from config.settings import DatabaseSettings
from etl.snapshot import load_dex
from storage.database import Database
from storage.dex_store import DexStore
from storage.embedded import EmbeddedPostgres
from storage.errors import DatabaseRefusedError
from storage.migrations import upgrade
from storage.schema import check_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST = 14


def _of_the_system() -> Path | None:
    """Find the programs of an installed PostgreSQL that we promise to work with."""
    folders = [Path("/usr/local/bin"), *Path("/usr/lib/postgresql").glob("*/bin")]
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            shown = subprocess.run(
                [folder / "postgres", "--version"], capture_output=True, text=True, check=True
            )
            major = re.search(r"\d+", shown.stdout)
            if major is not None and int(major[0]) >= OLDEST:
                return folder
    return None


@pytest.fixture
def system_server() -> Iterator[str]:
    """Run the system's PostgreSQL for one test; give its superuser's URL."""
    programs = _of_the_system()
    if programs is None:
        leave_out("no PostgreSQL of the system (apt-get install postgresql)")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        options: dict[str, Any] = {"cwd": folder}
        if os.geteuid() == 0:
            os.chown(folder, 65534, 65534)
            options |= {"user": 65534, "group": 65534, "extra_groups": []}
        subprocess.run(
            [programs / "initdb", "-N", "-A", "trust", "-U", "admin", "-D", "cluster"],
            check=True,
            capture_output=True,
            **options,
        )
        port = str(free_port())
        with (
            (Path(folder) / "log").open("wb") as log,
            subprocess.Popen(
                [programs / "postgres", "-D", "cluster", "-p", port, "-k", "", "-F"],
                stdout=log,
                stderr=log,
                **options,
            ) as process,
        ):
            url = f"postgresql://admin@127.0.0.1:{port}/postgres"
            asyncio.run(_wait(url))
            try:
                yield url
            finally:
                process.terminate()


@pytest.fixture
def newest_server(tmp_path: Path) -> Iterator[str]:
    """Run a PostgreSQL of ours without the role of the service; give its superuser's URL."""
    with EmbeddedPostgres(tmp_path / "postgres", durable=False).started() as urls:
        asyncio.run(
            _execute(
                urls.superuser,
                "REVOKE ALL ON DATABASE dexwatch FROM dexwatch_service",
                "DROP ROLE dexwatch_service",
            )
        )
        yield urls.superuser


async def _wait(url: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            return await _execute(url, "SELECT 1")
        except (OSError, asyncpg.CannotConnectNowError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("server", ["newest_server", "system_server"])
@pytest.mark.parametrize("schema_is_there", [False, True])
def test_one_ordinary_user_is_enough(
    request: pytest.FixtureRequest, server: str, *, schema_is_there: bool
) -> None:
    """With one user and no role of the service everything works, and sessions are read-only.

    Where the user may not make a schema, one that was made for it will do.
    """
    url: str = request.getfixturevalue(server)
    before, _, _ = url.rpartition("/")
    asyncio.run(_execute(url, "CREATE ROLE lone LOGIN PASSWORD 'lone'", "CREATE DATABASE theirs"))
    theirs = f"{before}/theirs"
    asyncio.run(
        _execute(
            theirs,
            "CREATE SCHEMA dexwatch AUTHORIZATION lone"
            if schema_is_there
            else "GRANT CREATE ON DATABASE theirs TO lone",
        )
    )
    lone = f"postgresql://lone:lone@{theirs.partition('@')[2]}"
    assert upgrade(lone)
    assert not upgrade(lone)
    asyncio.run(_load_and_read(lone))


async def _load_and_read(url: str) -> None:
    dex = load_dex()
    settings = DatabaseSettings()
    async with Database.open(settings, url, read_only=False) as database:
        assert (await DexStore(database).replace(dex)).changed
    async with Database.open(settings, url) as database:
        await check_schema(database)
        read = await DexStore(database).load()
        assert read is not None
        assert read.moves.equals(dex.moves)
        with pytest.raises(DatabaseRefusedError, match="read-only"):
            await database.fetchval("DELETE FROM learnset RETURNING 1")
