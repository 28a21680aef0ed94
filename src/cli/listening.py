"""The listening socket, taken before any long step so that a taken port is told at once."""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack
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
        with ExitStack() as failing:
            listener = failing.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
            failing.pop_all()
    except OSError as error:
        raise click.ClickException(f"cannot listen on {where}: {_reason(error)}") from error
    return listener


def _reason(error: OSError) -> str:
    """Say why, and what to do about it."""
    match error.errno:
        case errno.EADDRINUSE:
            return "another program listens there; stop it, or set DEXWATCH_PORT"
        case errno.EACCES:
            return "that port is for root; set DEXWATCH_PORT to one above 1023"
        case _:
            return f"{error.strerror}; set DEXWATCH_HOST to an address of this machine"
