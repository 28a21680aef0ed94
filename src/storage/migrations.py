"""Bring a database's schema to the newest revision.

Alembic orders the revisions and renders them to SQL; asyncpg runs that script, in one transaction,
one upgrade at a time. Alembic is imported only when there is something to do.
"""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path
from typing import Final

import asyncpg

from storage.borders import translated

FOLDER: Final = Path(__file__).parents[2] / "migrations"
SCHEMA: Final = "dexwatch"

_LOCK: Final = 7_268_318_019
"""Of PostgreSQL's advisory locks, the one that an upgrade holds; any constant would do."""
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
        StorageError: the database cannot be reached, or refuses.

    """
    return asyncio.run(_upgrade(url))


async def _upgrade(url: str) -> bool:
    with translated():
        connection = await asyncpg.connect(url, timeout=10)
        try:
            if await current_revision(connection) == head_revision():
                return False
            await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
            async with connection.transaction():
                current = await current_revision(connection)
                if current == head_revision():
                    return False
                await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
                await connection.execute(f"SET LOCAL search_path TO {SCHEMA}")
                await connection.execute(_render(current))
                return True
        finally:
            await connection.close()


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
    from alembic import command  # noqa: PLC0415  # takes most of a second
    from alembic.config import Config  # noqa: PLC0415

    script = io.StringIO()
    config = Config(output_buffer=script)
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, f"{current or 'base'}:head", sql=True)
    return script.getvalue()
