"""Ports of this machine for its own programs."""

from __future__ import annotations

import errno
import random
import socket
from typing import Final

HOST: Final = "127.0.0.1"

# Below what systems lend to connections, unless they are told otherwise (Linux from 32,768, others
# from 49,152): a port of those can be somebody's before the program that it was chosen for listens.
NOT_LENT: Final = range(20_000, 32_768)
_TRIES: Final = 100


class NoFreePortsError(OSError):
    """No block of ports that was looked at is free."""

    def __init__(self, count: int) -> None:
        """Say how many ports were looked for."""
        self.strerror: str  # which an error of the system need not have
        wanted = f"{count} free ports side by side" if count > 1 else "free port"
        super().__init__(errno.EADDRINUSE, f"{HOST} has no {wanted}")


def free_ports(count: int) -> range:
    """Choose neighbouring ports that nobody listens on.

    Whole blocks, since who chooses at the same time then seldom meets one of them.

    Raises:
        NoFreePortsError: no block that was looked at is free.

    """
    chance = random.SystemRandom()
    for _ in range(_TRIES):
        first = chance.randrange(NOT_LENT.start, NOT_LENT.stop - count, count)
        ports = range(first, first + count)
        if not any(map(is_taken, ports)):
            return ports
    raise NoFreePortsError(count)


def is_taken(port: int) -> bool:
    """Tell whether somebody listens on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False
