"""The service's connection pool: opened once, closed once, and patient with the server."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from storage.borders import translated
from storage.errors import DatabaseUnavailableError, StorageError
from storage.migrations import SCHEMA
from storage.url import check_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from asyncpg.connection import LoggedQuery

    from config.settings import DatabaseSettings

logger = logging.getLogger(__name__)

APPLICATION: Final = "dexwatch"
_SILENCE_SECONDS: Final = 1.0


class Database:
    """A pool of connections to one database.

    Sessions are read-only unless asked for otherwise, and every statement has a time limit. A
    server that goes away makes calls fail with :class:`DatabaseUnavailableError`; the pool connects
    anew by itself when it is back.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        settings: DatabaseSettings,
    ) -> None:
        """Take a pool that has not connected yet, and how it connects; see :meth:`open`."""
        self._pool = pool
        self._connect = connect
        self.settings = settings
        self.available = False
        """Whether the last statement was answered."""

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: DatabaseSettings,
        url: str,
        *,
        read_only: bool = True,
        observer: Callable[[LoggedQuery], None] | None = None,
    ) -> AsyncIterator[Database]:
        """Open a pool. The server need not answer yet.

        Args:
            settings: sizes and time limits.
            url: of the database.
            read_only: whether sessions refuse to write unless they ask to.
            observer: told of each statement after it.

        Raises:
            DatabaseUrlError: the URL is malformed.

        """
        check_url(url)
        connecting = partial(
            asyncpg.connect,
            url,
            timeout=settings.connect_seconds,
            # The server's own limit comes first; the driver's is for a server that fell silent.
            command_timeout=settings.statement_seconds + _SILENCE_SECONDS,
            server_settings={
                "application_name": APPLICATION,
                "search_path": SCHEMA,
                "statement_timeout": str(round(settings.statement_seconds * 1000)),
                "idle_in_transaction_session_timeout": "60000",
                "default_transaction_read_only": "on" if read_only else "off",
            },
        )

        async def connect() -> asyncpg.Connection:
            connection = await connecting()
            if observer is not None:
                connection.add_query_logger(observer)
            return connection

        # The pool hands its own arguments on to the connect function; ours are complete.
        pool = await asyncpg.create_pool(
            min_size=0, max_size=settings.pool_size, connect=lambda *_, **__: connect()
        )
        try:
            yield cls(pool, connect, settings)
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(settings.connect_seconds):
                    await pool.close()
            pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.pool.PoolConnectionProxy[asyncpg.Record]]:
        """Lend a connection; the driver's errors in the block become errors of storage.

        Raises:
            DatabaseUnavailableError: nobody answers in time.
            DatabaseRefusedError: the server says no.

        """
        try:
            with translated():
                lent = await self._pool.acquire(timeout=self.settings.connect_seconds)
        except StorageError:
            # Also when the server refuses us: nothing can be asked of it then.
            self._answered(answered=False)
            raise
        try:
            with translated():
                yield lent
        except DatabaseUnavailableError:
            self._answered(answered=False)
            # To be given back in order it would be waited for as long again. One that was lost has
            # left the pool already.
            with suppress(asyncpg.InterfaceError):
                lent.terminate()
            raise
        else:
            self._answered(answered=True)
        finally:
            await self._give_back(lent)

    async def _give_back(self, lent: asyncpg.pool.PoolConnectionProxy[asyncpg.Record]) -> None:
        try:
            with translated():
                await self._pool.release(lent, timeout=self.settings.connect_seconds)
        except StorageError:
            # What was asked had been answered by then; the pool has thrown the connection away.
            self._answered(answered=False)

    def sizes(self) -> tuple[int, int, int]:
        """Give how many connections are idle, in use, and allowed."""
        idle = self._pool.get_idle_size()
        return idle, self._pool.get_size() - idle, self._pool.get_max_size()

    async def connect(self) -> asyncpg.Connection:
        """Open a connection outside the pool, for whoever keeps one; the caller closes it.

        Raises:
            DatabaseUnavailableError: nobody answers in time.
            DatabaseRefusedError: the server says no.

        """
        with translated():
            return await self._connect()

    async def fetchval(self, query: str, *arguments: Any) -> Any:
        """Run a query and give its one value."""
        async with self.connection() as connection:
            return await connection.fetchval(query, *arguments)

    async def ping(self) -> bool:
        """Ask whether the server answers."""
        with suppress(StorageError):
            await self.fetchval("SELECT 1")
            return True
        return False

    def _answered(self, *, answered: bool) -> None:
        if answered != self.available:
            self.available = answered
            if answered:
                logger.info("the database answers")
            else:
                logger.warning("the database does not answer")
