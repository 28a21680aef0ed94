"""What PostgreSQL tells about itself, asked now and then."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Protocol

from storage.errors import StorageError

if TYPE_CHECKING:
    from storage.database import Database

logger = logging.getLogger(__name__)

PERIOD_SECONDS: Final = 60.0

LOOK: Final = """
    SELECT numbackends, pg_database_size(datname)
    FROM pg_stat_database WHERE datname = current_database()
"""


class ServerEvents(Protocol):
    """Hears what the server says, for metrics."""

    def server_looked_at(self, *, connections: int, size: int) -> None:
        """Note the sessions on the database, and its size in bytes."""


async def watch_server(
    database: Database, events: ServerEvents, *, period_seconds: float = PERIOD_SECONDS
) -> None:
    """Ask again and again, until cancelled; an outage is told by others."""
    while True:
        try:
            async with database.connection() as connection:
                row = await connection.fetchrow(LOOK)
        except StorageError as error:
            logger.debug("the database server could not be asked: %s", error)
        else:
            if row is not None:
                events.server_looked_at(connections=row[0], size=row[1])
        await asyncio.sleep(period_seconds)
