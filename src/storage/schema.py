"""Whether a database has the schema that this code was written for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.errors import StaleSchemaError
from storage.migrations import current_revision, head_revision, newer_than_the_code

if TYPE_CHECKING:
    from storage.database import Database


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
            f"the database's schema is at {current or 'nothing'}, this release needs {head}: "
            "run `dexwatch db upgrade`"
        )
    if current > head:
        raise StaleSchemaError(newer_than_the_code(current, head))
