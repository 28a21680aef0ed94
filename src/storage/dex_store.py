"""The dex in PostgreSQL: read whole, replaced whole, watched for changes."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import polars as pl

from features.dex import KEYS, TABLES, Dex
from storage.errors import StorageError
from storage.listener import Listener

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    import asyncpg

    from storage.database import Database

logger = logging.getLogger(__name__)

CHANNEL: Final = "dexwatch_dex"
_RETRY_SECONDS: Final = 1.0

VERSION: Final = "SELECT version FROM dex_version"
SET_VERSION: Final = """
    INSERT INTO dex_version (version) VALUES ($1)
    ON CONFLICT (only_row) DO UPDATE SET version = excluded.version, changed_at = now()
"""
LOCK: Final = "LOCK TABLE dex_version IN SHARE ROW EXCLUSIVE MODE"


class OnCheck(Protocol):
    """Hears of each comparison of the stored dex with the known one."""

    def __call__(self, *, answered: bool) -> None:
        """Note whether the database answered."""


@dataclass(frozen=True, slots=True)
class DexLoad:
    """What a replacement did."""

    changed: bool
    rows: Mapping[str, int]
    """Rows of each table that stand in the database now."""


class DexStore:
    """Reads and replaces the dex of one database."""

    def __init__(self, database: Database) -> None:
        """Use the database's pool; :meth:`replace` needs one that may write."""
        self._database = database

    async def version(self) -> str | None:
        """Give the version of the dex that is stored; None before the first load."""
        version: str | None = await self._database.fetchval(VERSION)
        return version

    async def load(self) -> Dex | None:
        """Read all five tables as of one moment; None before the first load.

        Raises:
            StorageError: the database does not answer, or refuses.

        """
        async with (
            self._database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            version = await connection.fetchval(VERSION)
            if version is None:
                return None
            frames = {table: await _read(connection, table) for table in TABLES}
        return Dex(**frames, version=version)

    async def replace(self, dex: Dex) -> DexLoad:
        """Put this dex in the place of what is stored, in one transaction.

        The same version again writes nothing.

        Raises:
            StorageError: the database does not answer, or refuses a row; nothing has changed.

        """
        frames = {table: getattr(dex, table) for table in TABLES}
        rows = {table: frame.height for table, frame in frames.items()}
        async with self._database.connection() as connection, connection.transaction():
            await connection.execute(LOCK)
            if await connection.fetchval(VERSION) == dex.version:
                return DexLoad(changed=False, rows=rows)
            for table in reversed(list(TABLES)):
                await connection.execute(f"DELETE FROM {table}")  # noqa: S608  # our own names
            for table, frame in frames.items():
                await connection.copy_records_to_table(
                    table, records=frame.iter_rows(), columns=frame.columns
                )
            await connection.execute(SET_VERSION, dex.version)
        return DexLoad(changed=True, rows=rows)

    async def watch(
        self,
        on_change: Callable[[Dex], Awaitable[None]],
        *,
        on_check: OnCheck = lambda *, answered: None,  # noqa: ARG005  # named by the protocol
    ) -> None:
        """Hand over the stored dex, and each later one as it changes; runs until cancelled.

        A notification is acted on at once. Where none arrives, the version is compared every
        ``poll_seconds``, and every second while the server is away.

        Args:
            on_change: called with each dex that differs from the one before. When it fails, it is
                called again after ``poll_seconds``.
            on_check: called after each comparison with whether the database answered; not when
                ``on_change`` failed, for then the dex in use is not the stored one.

        """
        known: str | None = None
        changed = asyncio.Event()
        listener = Listener(self._database, CHANNEL, changed.set)
        try:
            while True:
                pause = self._database.settings.poll_seconds
                changed.clear()
                await listener.ensure()
                try:
                    if await self.version() != known:
                        dex = await self.load()
                        if dex is not None:
                            await on_change(dex)
                            known = dex.version
                except StorageError as error:
                    logger.debug("the dex could not be compared: %s", error)
                    pause = min(pause, _RETRY_SECONDS)
                    on_check(answered=False)
                except Exception:
                    # A dex that was edited into nonsense must not end the watching for a good one.
                    logger.exception("the stored dex cannot be used; the one before it serves on")
                else:
                    on_check(answered=True)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await changed.wait()
        finally:
            listener.close()


async def _read(
    connection: asyncpg.pool.PoolConnectionProxy[asyncpg.Record], table: str
) -> pl.DataFrame:
    columns = TABLES[table]
    records = await connection.fetch(
        f"SELECT {', '.join(columns)} FROM {table} ORDER BY {', '.join(KEYS[table])}"  # noqa: S608  # our own names
    )
    return pl.DataFrame([tuple(record) for record in records], schema=dict(columns), orient="row")
