"""The database that a command works on: the one it was told, or the embedded one."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AsyncExitStack

    from config.settings import Settings
    from storage.database import Database


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the database is, by what one may do there."""

    owner: str
    """May change the schema and the dex."""
    service: str
    """May read what the service needs."""
    description: str


@contextmanager
def database_urls(settings: Settings, *, own: bool = False) -> Iterator[Urls]:
    """Give the database's URLs; an embedded server runs as long as the block does.

    Args:
        settings: of the process.
        own: start the embedded server ourselves, rather than share one that runs already.

    Raises:
        click.ClickException: the embedded server cannot be started.

    """
    if settings.database.url is not None:
        yield Urls(
            settings.database.url, settings.database.url, "PostgreSQL of DEXWATCH_DATABASE_URL"
        )
        return

    from storage.embedded import EmbeddedPostgres
    from storage.errors import StorageError

    embedded = EmbeddedPostgres(settings.data_dir / "postgres")
    with ExitStack() as stack:
        try:
            urls = stack.enter_context(embedded.started() if own else embedded.reached())
        except StorageError as error:
            raise click.ClickException(str(error)) from error
        yield Urls(urls.owner, urls.service, "embedded PostgreSQL")


def running_urls(settings: Settings) -> Urls:
    """Give the database's URLs; an embedded server is not started for it.

    Raises:
        DatabaseUnavailableError: no embedded server runs.
        EmbeddedDatabaseError: it belongs to another user.

    """
    if settings.database.url is not None:
        with database_urls(settings) as urls:
            return urls

    from storage.embedded import EmbeddedPostgres
    from storage.errors import DatabaseUnavailableError

    running = EmbeddedPostgres(settings.data_dir / "postgres").running()
    if running is None:
        raise DatabaseUnavailableError("the embedded PostgreSQL does not run")
    return Urls(running.owner, running.service, "embedded PostgreSQL")


class RunningDatabase:
    """The database as a worker reaches it, with the right to write; no server is started for it."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        """Take where pools are closed in the end."""
        self._settings = settings
        self._stack = stack
        self._pools: dict[str, Database] = {}

    async def reach(self) -> Database:
        """Give its pool.

        Asked anew each time: an embedded server may have come back under another port.

        Raises:
            StorageError: there is no server.

        """
        from storage.database import Database

        owner = running_urls(self._settings).owner
        if owner not in self._pools:
            opening = Database.open(self._settings.database, owner, read_only=False)
            self._pools[owner] = await self._stack.enter_async_context(opening)
        return self._pools[owner]
