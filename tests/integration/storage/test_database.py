"""The pool against a real server that misbehaves."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from typing import TYPE_CHECKING

import psutil
import pytest
from tests.waiting import ALLOWANCE_SECONDS

from config.settings import DatabaseSettings
from storage.database import Database
from storage.embedded import EmbeddedPostgres
from storage.errors import DatabaseRefusedError, DatabaseUnavailableError, DatabaseUrlError

if TYPE_CHECKING:
    from pathlib import Path

    from storage.embedded import DatabaseUrls


async def test_a_statement_that_takes_too_long_is_ended(database_urls: DatabaseUrls) -> None:
    """The statement timeout holds, and the pool works on."""
    settings = DatabaseSettings(statement_seconds=2)
    async with Database.open(settings, database_urls.service) as database:
        with pytest.raises(DatabaseUnavailableError):
            await database.fetchval("SELECT pg_sleep(60)")
        assert await database.fetchval("SELECT 1") == 1


async def test_a_server_that_is_not_there_is_told_in_time() -> None:
    """A closed port and a silent one both give DatabaseUnavailableError within the bound."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none"
        settings = DatabaseSettings(connect_seconds=0.5)
        async with (
            Database.open(settings, url) as database,
            asyncio.timeout(0.5 + ALLOWANCE_SECONDS),
        ):
            with pytest.raises(DatabaseUnavailableError):
                await database.fetchval("SELECT 1")
            assert not database.available
    async with Database.open(settings, url) as database:
        assert not await database.ping()


async def test_a_wrong_password_is_refused_without_being_shown(
    database_urls: DatabaseUrls,
) -> None:
    """The error names the refusal and not the password."""
    user, _, rest = database_urls.service.partition("://")[2].partition("@")
    name = user.partition(":")[0]
    url = f"postgresql://{name}:not-the-secret@{rest}"
    async with Database.open(DatabaseSettings(), url) as database:
        with pytest.raises(DatabaseRefusedError) as caught:
            await database.fetchval("SELECT 1")
    assert "not-the-secret" not in str(caught.value)


async def test_the_same_pool_serves_on_after_the_server_was_killed(tmp_path: Path) -> None:
    """Kill -9 of the server is told, and its restart needs no help: the open pool is used again."""
    server = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    settings = DatabaseSettings(connect_seconds=2)
    with server.started() as urls:
        pool = Database.open(settings, urls.service)
        database = await pool.__aenter__()
        assert await database.ping()
        assert database.available
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
    async with asyncio.timeout(10):
        # A session may answer once more, or break off in the middle, before it is noticed.
        while database.available:
            await database.ping()
    assert not await database.ping()
    with server.started() as again:
        assert again.service == urls.service
        assert await database.ping()
        assert database.available
        await pool.__aexit__(None, None, None)


async def test_a_server_that_falls_silent_is_told_in_time(tmp_path: Path) -> None:
    """A frozen server holds up a statement for its time and no longer; thawed, it serves on."""
    server = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    settings = DatabaseSettings(statement_seconds=2, connect_seconds=3)
    with server.started() as urls:
        async with Database.open(settings, urls.service) as database:
            assert await database.ping()
            assert server.pid is not None
            processes = [psutil.Process(server.pid), *psutil.Process(server.pid).children()]
            for process in processes:
                process.suspend()
            try:
                async with asyncio.timeout(settings.statement_seconds + ALLOWANCE_SECONDS):
                    assert not await database.ping()
            finally:
                for process in processes:
                    process.resume()
            assert await database.ping()


async def test_a_connection_that_is_lost_in_a_transaction_is_told(
    database_urls: DatabaseUrls,
) -> None:
    """Whatever was under way fails as unavailable; the next call gets a new connection."""
    async with Database.open(DatabaseSettings(pool_size=1), database_urls.service) as database:
        with pytest.raises(DatabaseUnavailableError):
            async with database.connection() as connection, connection.transaction():
                await connection.fetchval("SELECT pg_terminate_backend(pg_backend_pid())")
        assert not database.available
        assert await database.fetchval("SELECT 1") == 1
        assert database.available


async def test_more_callers_than_connections_wait_and_then_give_up(
    database_urls: DatabaseUrls,
) -> None:
    """A caller that no connection becomes free for is told in time; the others are not hurt."""
    settings = DatabaseSettings(pool_size=1, connect_seconds=ALLOWANCE_SECONDS)
    async with Database.open(settings, database_urls.service) as database:
        async with database.connection() as connection:
            with pytest.raises(DatabaseUnavailableError):
                await database.fetchval("SELECT 1")
            assert await connection.fetchval("SELECT 2") == 2
        assert await database.fetchval("SELECT 1") == 1


async def test_sessions_are_read_only_and_named(database_urls: DatabaseUrls) -> None:
    """Even the owner's sessions refuse to write unless opened for it; the server sees who asks."""
    async with Database.open(DatabaseSettings(), database_urls.owner) as database:
        with pytest.raises(DatabaseRefusedError, match="read-only"):
            await database.fetchval("INSERT INTO dex_version (version) VALUES ('x') RETURNING 1")
        assert await database.fetchval("SELECT current_setting('application_name')") == "dexwatch"


async def test_a_malformed_url_is_refused_at_once() -> None:
    """The service does not start with a URL that can never work."""
    with pytest.raises(DatabaseUrlError):
        async with Database.open(DatabaseSettings(), "postgresql://user:secret@host:x/dex"):
            pass
