"""Bring a database's schema to the newest revision.

Alembic orders the revisions and renders them to SQL; asyncpg runs that script, in one transaction,
one upgrade at a time. Alembic is imported only when there is something to do.
"""

from __future__ import annotations

import asyncio
import io
import logging
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

import asyncpg

from storage.borders import translated
from storage.errors import StaleSchemaError
from storage.url import check_url

logger = logging.getLogger(__name__)

FOLDER: Final = Path(__file__).parents[2] / "migrations"
SCHEMA: Final = "dexwatch"

_LOCK: Final = 7_268_318_019
"""Of PostgreSQL's advisory locks, the one that an upgrade holds; any constant would do."""
_SESSION: Final = {
    "application_name": "dexwatch-upgrade",
    # A table that others will not let go of, or another upgrade, ends this one.
    "lock_timeout": "60s",
}
_REVISION_FILE: Final = re.compile(r"(\d{4})_\w+\.py")


def head_revision() -> str:
    """Give the newest revision that this code knows."""
    names = (_REVISION_FILE.fullmatch(path.name) for path in (FOLDER / "versions").iterdir())
    return max(name[1] for name in names if name)


def upgrade(url: str) -> bool:
    """Apply the revisions that are missing; say whether there were any.

    Args:
        url: of the database, with the rights of its owner.

    Raises:
        StaleSchemaError: the schema is newer than this code.
        StorageError: the database cannot be reached, or refuses; nothing has changed.

    """
    return asyncio.run(_upgrade(url))


async def _upgrade(url: str) -> bool:
    check_url(url)
    with translated():
        connection = await asyncpg.connect(url, timeout=10, server_settings=_SESSION)
        try:
            return await _apply(connection)
        finally:
            with suppress(OSError):
                await connection.close(timeout=5)


async def _apply(connection: asyncpg.Connection) -> bool:
    head = head_revision()
    if await current_revision(connection) == head:
        return False
    # Held until the connection closes. Taken within the transaction, the lock would be had while
    # the session still remembers that there was no schema.
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    async with connection.transaction():
        current = await current_revision(connection)
        if current == head:
            return False
        if current is not None and current > head:
            raise StaleSchemaError(newer_than_the_code(current, head))
        # Where somebody else has made the schema for us, we may lack the right to make one.
        if await connection.fetchval("SELECT to_regnamespace($1)", SCHEMA) is None:
            await connection.execute(f"CREATE SCHEMA {SCHEMA}")
        await connection.execute(f"SET LOCAL search_path TO {SCHEMA}")
        await connection.execute(_render(current))
    logger.info("schema brought to %s from %s", head, current or "nothing")
    return True


def newer_than_the_code(current: str, head: str) -> str:
    """Say that a database has met a later release."""
    return (
        f"the database has schema {current}, newer than {head} of this release: "
        "install the release that it belongs to"
    )


async def current_revision(connection: asyncpg.Connection | asyncpg.Pool) -> str | None:
    """Read the revision that a database is at; None before the first.

    The driver's errors pass through.
    """
    if await connection.fetchval(f"SELECT to_regclass('{SCHEMA}.alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval(
        f"SELECT version_num FROM {SCHEMA}.alembic_version"  # noqa: S608  # a constant
    )
    return revision


def _render(current: str | None) -> str:
    """Render the revisions after ``current`` to one SQL script."""
    # It would name each of its plugins and modes; what was done, our own line says.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    from alembic import command  # noqa: PLC0415  # takes most of a second
    from alembic.config import Config  # noqa: PLC0415

    script = io.StringIO()
    config = Config(output_buffer=script)
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, f"{current or 'base'}:head", sql=True)
    return script.getvalue()
