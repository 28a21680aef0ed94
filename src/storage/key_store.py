"""API keys in PostgreSQL: made, replaced and revoked by the owner, watched by the service."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from storage.api_key import ApiKey, digest, id_of
from storage.columns import columns
from storage.errors import StorageError
from storage.listener import Listener

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asyncpg import Record

    from storage.database import Database

logger = logging.getLogger(__name__)

CHANNEL: Final = "dexwatch_keys"
_RETRY_SECONDS: Final = 1.0

_COLUMNS: Final = columns(ApiKey)
ALL: Final = f"SELECT {_COLUMNS} FROM api_keys ORDER BY created_at, id"  # noqa: S608  # our own names
FIND: Final = f"SELECT {_COLUMNS} FROM api_keys WHERE id = $1 FOR UPDATE"  # noqa: S608  # likewise
ADD: Final = f"""
    INSERT INTO api_keys (id, name, sha256, scopes, expires_at) VALUES ($1, $2, $3, $4, $5)
    RETURNING {_COLUMNS}
"""  # noqa: S608  # likewise
END: Final = "UPDATE api_keys SET expires_at = least(expires_at, $2) WHERE id = $1"
REVOKE: Final = f"""
    UPDATE api_keys SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL
    RETURNING {_COLUMNS}
"""  # noqa: S608  # likewise
NOTE: Final = "INSERT INTO api_key_events (key_id, event, actor) VALUES ($1, $2, $3)"


@dataclass(frozen=True, slots=True)
class KeyStore:
    """Reads and changes keys. Every method raises ``StorageError`` when the database fails."""

    database: Database

    async def all(self) -> list[ApiKey]:
        """Give every key that there ever was, the oldest first."""
        async with self.database.connection() as connection:
            return [_read(row) for row in await connection.fetch(ALL)]

    async def add(
        self, key: str, name: str, scopes: Sequence[str], lifetime: timedelta, actor: str
    ) -> ApiKey:
        """Let a key be known from now on."""
        ends = datetime.now(UTC) + lifetime
        async with self.database.connection() as connection, connection.transaction():
            row = await connection.fetchrow(
                ADD, id_of(key), name, digest(key), sorted(scopes), ends
            )
            await connection.execute(NOTE, id_of(key), "created", actor)
        return _read(row)

    async def replace(
        self, key_id: str, key: str, lifetime: timedelta, grace: timedelta, actor: str
    ) -> ApiKey | None:
        """Let another key take the place of one, which stays valid for ``grace``.

        None where there is no such key, or it was revoked.
        """
        now = datetime.now(UTC)
        async with self.database.connection() as connection, connection.transaction():
            old = await connection.fetchrow(FIND, key_id)
            if old is None or old["revoked_at"] is not None:
                return None
            row = await connection.fetchrow(
                ADD, id_of(key), old["name"], digest(key), old["scopes"], now + lifetime
            )
            await connection.execute(END, key_id, now + grace)
            await connection.execute(NOTE, key_id, "replaced", actor)
            await connection.execute(NOTE, id_of(key), "created", actor)
        return _read(row)

    async def revoke(self, key_id: str, actor: str) -> ApiKey | None:
        """Let a key be valid no more; None where there is no such key, or it was revoked."""
        async with self.database.connection() as connection, connection.transaction():
            row = await connection.fetchrow(REVOKE, key_id)
            if row is None:
                return None
            await connection.execute(NOTE, key_id, "revoked", actor)
        return _read(row)

    async def watch(self, on_read: Callable[[Sequence[ApiKey]], None]) -> None:
        """Hand over all keys, and again as they change; runs until cancelled.

        A notification is acted on at once. Where none arrives, they are read every
        ``poll_seconds``, and every second while the server is away.
        """
        changed = asyncio.Event()
        listener = Listener(self.database, CHANNEL, changed.set)
        try:
            while True:
                pause = self.database.settings.poll_seconds
                changed.clear()
                await listener.ensure()
                try:
                    on_read(await self.all())
                except StorageError as error:
                    logger.debug("the keys could not be read: %s", error)
                    pause = min(pause, _RETRY_SECONDS)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await changed.wait()
        finally:
            listener.close()


def _read(row: Record) -> ApiKey:
    return ApiKey(**{**row, "scopes": tuple(row["scopes"])})
