"""Hears what others tell through the database (LISTEN and NOTIFY), as long as it can be reached."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from storage.borders import translated
from storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg

    from storage.database import Database

logger = logging.getLogger(__name__)


class Listener:
    """One connection that hears of a channel; opened again whenever it is lost."""

    def __init__(self, database: Database, channel: str, heard: Callable[[], None]) -> None:
        """Take what to call with each notification, and when the connection is lost."""
        self._database = database
        self._channel = channel
        self._heard = heard
        self._connection: asyncpg.Connection | None = None

    async def ensure(self) -> None:
        """Listen, if that is possible now; whoever compares by itself goes on without."""
        if self._connection is not None and not self._connection.is_closed():
            return
        self._connection = None
        try:
            connection = await self._database.connect()
        except StorageError as error:
            logger.debug("%s cannot be listened to: %s", self._channel, error)
            return
        try:
            with translated():
                await connection.add_listener(self._channel, self._hear)
        except StorageError as error:
            connection.terminate()
            logger.debug("%s cannot be listened to: %s", self._channel, error)
            return
        # A server that goes away is noticed at once, too.
        connection.add_termination_listener(self._hear)
        self._connection = connection

    def close(self) -> None:
        """Stop listening."""
        if self._connection is not None:
            self._connection.terminate()

    def _hear(self, *_: object) -> None:
        self._heard()
