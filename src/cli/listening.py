"""The listening socket: taken before any long step, and closed to newcomers before it goes.

So a taken port is told at once, and nobody is let in whom nobody serves.
"""

from __future__ import annotations

import ctypes
import errno
import logging
import socket
import struct
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from config.settings import ServerSettings

logger = logging.getLogger(__name__)

BACKLOG: Final = 2048

_SO_ATTACH_FILTER: Final = 26
_NO_SYN: Final = (
    # In the classic BPF of Linux (code, jump if true, jump if false, operand), on a TCP header:
    (0x30, 0, 0, 13),  # load the flags
    (0x54, 0, 0, 0x12),  # keep ACK and SYN
    (0x15, 0, 1, 0x02),  # is it SYN alone, the first packet of a connection?
    (0x06, 0, 0, 0),  # then drop it
    (0x06, 0, 0, 0xFFFFFFFF),  # take all else whole: handshakes under way come to their end
)


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


def let_nobody_in(listener: socket.socket) -> None:
    """Have the kernel ignore who wants to connect from now on; who is connected stays.

    Between the last look at those who wait and the close of the socket another could get in, and
    would be reset. Whoever comes now asks again after a second and is refused then. It holds for
    all who share the socket, so it is for who stops them all.
    """
    if sys.platform != "linux":
        return
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in _NO_SYN)
    held = ctypes.create_string_buffer(program)
    where = struct.pack("HP", len(_NO_SYN), ctypes.addressof(held))
    try:
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, where)
    except OSError as error:  # a sandbox that plays the kernel need not know it
        logger.warning("who connects while this stops may be reset: %s", error.strerror)


def _reason(error: OSError) -> str:
    """Say why, and what to do about it."""
    match error.errno:
        case errno.EADDRINUSE:
            return "another program listens there; stop it, or set DEXWATCH_PORT"
        case errno.EACCES:
            return "that port is for root; set DEXWATCH_PORT to one above 1023"
        case _:
            return f"{error.strerror}; set DEXWATCH_HOST to an address of this machine"
