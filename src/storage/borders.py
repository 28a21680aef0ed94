"""Where the driver's errors become the service's own."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import asyncpg

from storage.errors import DatabaseRefusedError, DatabaseUnavailableError, StaleSchemaError

if TYPE_CHECKING:
    from collections.abc import Iterator

_AWAY: Final = (
    OSError,  # also the timeouts of Python and of the driver
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # starting, stopping, crashed; a statement over its time
    asyncpg.InsufficientResourcesError,  # no connection left, no disk, no memory
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionRollbackError,  # deadlocks
)
_REFUSED: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


@contextmanager
def translated() -> Iterator[None]:
    """Raise the driver's errors as errors of storage, with the driver's as their cause.

    Raises:
        DatabaseUnavailableError: nobody answers, or not in time.
        DatabaseRefusedError: the server says no.
        StaleSchemaError: it has not the tables of this code.

    """
    try:
        yield
    except _AWAY as error:
        raise _unavailable(error) from error
    except _REFUSED as error:
        # The driver has no class of its own for a connection that was lost before its use.
        if isinstance(error, asyncpg.InterfaceError) and "closed" in str(error):
            raise _unavailable(error) from error
        reason = str(error).partition("\n")[0]
        if isinstance(error, asyncpg.UndefinedTableError):
            raise StaleSchemaError(
                f"the database lacks tables of this release ({reason}): run `dexwatch db upgrade`"
            ) from error
        raise DatabaseRefusedError(f"the database refused: {reason}") from error


def _unavailable(error: Exception) -> DatabaseUnavailableError:
    reason = str(error).partition("\n")[0] or type(error).__name__
    return DatabaseUnavailableError(f"the database does not answer: {reason}")
