"""What tests share: the dex and the champion as released, and a real PostgreSQL.

There is one server a session, and one database a test.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import asyncpg
import pytest

from etl.snapshot import load_dex
from features.matchup_frames import MatchupFrames
from inference.predictor import Predictor
from storage.embedded import DatabaseUrls, EmbeddedPostgres
from storage.migrations import upgrade
from training import released

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.dex import Dex

_EMPTY: Final = "template0"
_numbers = count()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let whoever wants numbers kill, reload and train more than the gate does."""
    parser.addoption(
        "--faults", action="store_true", help="every fault in tests/stack/reliability, on its page"
    )
    parser.addoption(
        "--full", action="store_true", help="retrain with all trees in the rehearsal of the loop"
    )
    parser.addoption(
        "--kills", type=int, default=1, help="kills in tests/acceptance/test_*kills.py"
    )
    parser.addoption(
        "--record", action="store_true", help="what was seen, on the page that tells of it"
    )
    parser.addoption(
        "--reloads", type=int, default=3, help="reloads in tests/acceptance/test_reloads.py"
    )


@pytest.fixture(scope="session")
def dex() -> Dex:
    """Give the dex of the snapshot in the repository."""
    return load_dex()


@pytest.fixture(scope="session")
def frames(dex: Dex) -> MatchupFrames:
    """Give the dex as features take it."""
    return MatchupFrames.prepare(dex)


@pytest.fixture(scope="session")
def champion() -> Predictor:
    """Load the released champion."""
    return Predictor.load(
        released.MODEL_FILE, version="v1", contract_version=released.release().contract_version
    )


@pytest.fixture(scope="session")
def database_server() -> Iterator[DatabaseUrls]:
    """Run a server; what it holds may vanish in a power cut."""
    with (
        tempfile.TemporaryDirectory(prefix="dexwatch-tests-") as folder,
        EmbeddedPostgres(Path(folder) / "postgres", durable=False).started() as urls,
    ):
        yield urls


@pytest.fixture(scope="session")
def migrated_template(database_server: DatabaseUrls) -> Iterator[str]:
    """Give the name of a database with the newest schema and no rows, to be cloned."""
    with cloned_database(database_server, _EMPTY) as urls:
        upgrade(urls.owner)
        yield _name(urls)


@pytest.fixture
def empty_database_urls(database_server: DatabaseUrls) -> Iterator[DatabaseUrls]:
    """Give a database of the test's own, without any schema."""
    with cloned_database(database_server, _EMPTY) as urls:
        yield urls


@pytest.fixture
def database_urls(database_server: DatabaseUrls, migrated_template: str) -> Iterator[DatabaseUrls]:
    """Give a database of the test's own, with the newest schema and no rows."""
    with cloned_database(database_server, migrated_template) as urls:
        yield urls


@contextmanager
def cloned_database(server: DatabaseUrls, template: str) -> Iterator[DatabaseUrls]:
    """Clone a database that nobody is connected to, for as long as the block."""
    name = f"test_{next(_numbers)}"
    _execute(
        server,
        f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy OWNER dexwatch",
        f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {name} TO dexwatch_service",
    )
    try:
        yield DatabaseUrls(
            owner=_within(server.owner, name),
            service=_within(server.service, name),
            superuser=_within(server.superuser, name),
        )
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _within(url: str, name: str) -> str:
    server, _, _ = url.rpartition("/")
    return f"{server}/{name}?sslmode=disable"


def _name(urls: DatabaseUrls) -> str:
    return urls.owner.rpartition("/")[2].partition("?")[0]


def _execute(server: DatabaseUrls, *statements: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(server.superuser)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())
