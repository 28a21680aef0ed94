"""The pool against a real server that misbehaves."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from config.settings import DatabaseSettings
from storage.database import Database
from storage.embedded import EmbeddedPostgres
from storage.errors import DatabaseRefusedError, DatabaseUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from storage.embedded import DatabaseUrls


async def test_a_statement_that_takes_too_long_is_ended(database_urls: DatabaseUrls) -> None:
    """The statement timeout holds, and the pool works on."""
    settings = DatabaseSettings(statement_seconds=0.3)
    async with Database.open(settings, database_urls.service) as database:
        with pytest.raises(DatabaseUnavailableError):
            await database.fetchval("SELECT pg_sleep(5)")
        assert await database.fetchval("SELECT 1") == 1


async def test_a_server_that_is_not_there_is_told_in_time() -> None:
    """A closed port and a silent one both give DatabaseUnavailableError within the bound."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none"
        settings = DatabaseSettings(connect_seconds=0.5)
        async with Database.open(settings, url) as database, asyncio.timeout(5):
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


async def test_the_pool_recovers_when_the_server_is_back(tmp_path: Path) -> None:
    """A restarted server is used again without any help."""
    server = EmbeddedPostgres(tmp_path / "pg", durable=False)
    settings = DatabaseSettings(connect_seconds=2)
    with server.started() as urls:
        async with Database.open(settings, urls.service) as database:
            assert await database.ping()
            port = urls.service.rpartition(":")[2].partition("/")[0]
    with server.started() as again:
        # The embedded server takes any free port; the pool can only follow the same one.
        if again.service.rpartition(":")[2].partition("/")[0] != port:
            pytest.skip("the port was taken in between")
        async with Database.open(settings, again.service) as database:
            assert await database.ping()
