"""Whether a database has the schema that this code was written for."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from storage.errors import StaleSchemaError, StorageError
from storage.migrations import current_revision, head_revision, newer_than_the_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.database import Database

logger = logging.getLogger(__name__)

RETRY_SECONDS: Final = 1.0


async def check_schema(database: Database) -> None:
    """Refuse any schema but the newest.

    Raises:
        StaleSchemaError: the schema is older or newer; the message says what to do.
        DatabaseUnavailableError: nobody answers.

    """
    async with database.connection() as connection:
        current = await current_revision(connection)
    head = head_revision()
    if current is None or current < head:
        raise StaleSchemaError(
            f"the database {f'has schema {current}' if current else 'has no schema yet'}, "
            f"this release needs {head}: run `dexwatch db upgrade`"
        )
    if current > head:
        raise StaleSchemaError(newer_than_the_code(current, head))


async def await_schema(database: Database, failed: Callable[[], object]) -> None:
    """Wait for a database that had been away, and for the schema of this code in it.

    Args:
        database: is asked every second.
        failed: called each time that it does not answer, or has another schema.

    """
    told = ""
    while True:
        try:
            await check_schema(database)
        except StorageError as error:
            # Once for each reason, and of absence others tell.
            if isinstance(error, StaleSchemaError) and str(error) != told:
                told = str(error)
                logger.error("nothing is read from the database: %s", told)  # noqa: TRY400  # the message says it all
            failed()
        else:
            return
        await asyncio.sleep(RETRY_SECONDS)
