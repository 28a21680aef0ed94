"""One at a time, whoever asks and from whichever machine."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from storage.borders import translated
from storage.errors import HeldElsewhereError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from storage.database import Database

_LOOK_SECONDS: Final = 0.2
_KIND: Final = 1
"""Of PostgreSQL's advisory locks of two numbers, those of models."""
_TAKE: Final = "SELECT pg_try_advisory_lock($1, hashtext($2))"


@asynccontextmanager
async def exclusive(database: Database, model: str, patience_seconds: float) -> AsyncIterator[None]:
    """Have a model to oneself. The lock ends with its connection, and so with a killed holder.

    Raises:
        HeldElsewhereError: somebody else has it for longer than that.
        StorageError: the database fails.

    """
    until = time.monotonic() + patience_seconds
    connection = await database.connect()
    try:
        with translated():
            while not await connection.fetchval(_TAKE, _KIND, model):
                if time.monotonic() >= until:
                    raise HeldElsewhereError(
                        f"a step of a cycle of {model} is being done; try again when it is over"
                    )
                await asyncio.sleep(_LOOK_SECONDS)
        yield
    finally:
        connection.terminate()
