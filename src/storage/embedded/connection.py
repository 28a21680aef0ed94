"""How one connects to the embedded server: its port, its roles and their passwords."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from config.loopback import HOST

if TYPE_CHECKING:
    from pathlib import Path

DATABASE: Final = "dexwatch"
SUPERUSER: Final = "postgres"
OWNER: Final = "dexwatch"
SERVICE: Final = "dexwatch_service"
ROLES: Final = (SUPERUSER, OWNER, SERVICE)


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """Where a database is, by what one may do there."""

    # Not shown, for they hold passwords.
    owner: str = field(repr=False)
    """Owns the database: migrations and ETL."""
    service: str = field(repr=False)
    """May do what the migrations grant to the running service, and nothing more."""
    superuser: str = field(repr=False)
    """May do everything on the server: for repairs, and for tests that make databases."""


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept in a file that only the user who started the server can read."""

    port: int
    """The last one; used again when it is free, so that a URL outlives a restart."""
    passwords: dict[str, str]

    @classmethod
    def new(cls) -> Connection:
        """Make up passwords."""
        return cls(port=0, passwords={role: secrets.token_urlsafe(24) for role in ROLES})

    @classmethod
    def read(cls, path: Path) -> Connection | None:
        """Read the file; None when it is missing or broken: both are cured by a new one."""
        try:
            connection = msgspec.json.decode(path.read_bytes(), type=cls)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        return connection if connection.passwords.keys() == set(ROLES) else None

    def write(self, path: Path) -> None:
        """Replace the file at once, readable by the owner of its folder alone."""
        unfinished = path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        # Born closed to others, rather than closed afterwards.
        with os.fdopen(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
        ) as file:
            file.write(msgspec.json.encode(self))
            file.flush()
            os.fsync(file.fileno())
        if os.geteuid() == 0:
            # Whoever owns the folder may have started the server before, and may again.
            folder = path.parent.stat()
            os.chown(unfinished, folder.st_uid, folder.st_gid)
        unfinished.replace(path)

    def urls(self) -> DatabaseUrls:
        """Give the URLs of the three roles."""
        return DatabaseUrls(self._url(OWNER), self._url(SERVICE), self._url(SUPERUSER))

    def _url(self, role: str) -> str:
        # Without sslmode the driver would first ask for TLS, which loopback does not need.
        address = f"{role}:{self.passwords[role]}@{HOST}:{self.port}/{DATABASE}"
        return f"postgresql://{address}?sslmode=disable"
