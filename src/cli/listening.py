"""The listening socket, taken before any long step so that a taken port is told at once."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from config.settings import ServerSettings


BACKLOG: Final = 2048


def listen(settings: ServerSettings) -> socket.socket:
    """Listen on the service's address; connections queue until the service accepts them.

    Raises:
        click.ClickException: the address is taken or not ours.

    """
    where = f"{settings.host}:{settings.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        reason = (
            "another program listens there" if error.errno == errno.EADDRINUSE else error.strerror
        )
        raise click.ClickException(
            f"cannot listen on {where}: {reason}; stop it, or set DEXWATCH_PORT"
        ) from error
    return listener
