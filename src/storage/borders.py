"""Where the driver's errors become the service's own."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

import asyncpg

from storage.errors import DatabaseRefusedError, DatabaseUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

_AWAY = (
    OSError,
    TimeoutError,
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.QueryCanceledError,
)


@contextmanager
def translated() -> Iterator[None]:
    """Raise the driver's errors as errors of storage, with the driver's as their cause.

    Raises:
        DatabaseUnavailableError: nobody answers, or not in time.
        DatabaseRefusedError: the server says no, or the URL is not one.

    """
    try:
        yield
    except _AWAY as error:
        reason = str(error) or type(error).__name__
        raise DatabaseUnavailableError(f"the database does not answer: {reason}") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        # asyncpg names neither the password nor the URL in these.
        reason = str(error).partition("\n")[0]
        raise DatabaseRefusedError(f"the database refused: {reason}") from error
