"""Whether a database's URL can be one."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from storage.errors import DatabaseUrlError

_SHAPE: Final = "postgresql://user:password@host:port/database"
_HIGHEST_PORT: Final = 65535


def check_url(url: str) -> None:
    """Refuse what the driver would only refuse at the first connection, in words of its own.

    Raises:
        DatabaseUrlError: it is not of the form; the message holds nothing of it.

    """
    # The errors of the parsers quote what they read, which may be a piece of a password.
    try:
        parts = urlsplit(url)
    except ValueError:
        raise DatabaseUrlError(f"the database's URL is not of the form {_SHAPE}") from None
    if parts.scheme not in {"postgresql", "postgres"}:
        raise DatabaseUrlError(f"the database's URL does not begin as {_SHAPE} does")
    hosts = parts.netloc.rpartition("@")[2]
    if not all(_port_is_fine(host) for host in hosts.split(",")):
        raise DatabaseUrlError(
            f"the database's URL has no number from 1 to {_HIGHEST_PORT} as its port; the form is "
            f"{_SHAPE}, where a password's own / : @ ? # are written %2F %3A %40 %3F %23"
        )


def _port_is_fine(host: str) -> bool:
    # An IPv6 address stands in brackets.
    name, colon, port = host.rpartition("]")[2].rpartition(":")
    if not colon:
        return True
    return ":" not in name and port.isascii() and port.isdigit() and 0 < int(port) <= _HIGHEST_PORT
