"""Connections that wait to be accepted are taken as fast as they come.

uvloop takes one in each turn of the loop. Under load a turn takes a tenth of a second, and the last
of a few hundred clients that come together would wait for half a minute before anybody reads what
it has asked.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 256
PAUSE_SECONDS: Final = 1.0
"""After the process or the machine has no file or no memory left for another connection."""


class Acceptor:
    """Accepts one connection in a turn, then two, four and so on until none waits.

    So processes that share a listening socket also share what comes to it. Used from one loop.
    """

    def __init__(self, listening: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
        """Take what makes the protocol of a connection."""
        self._loop = asyncio.get_running_loop()
        self._listening = listening
        self._protocol = protocol
        self._at_once = 1
        self._making: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None

    @classmethod
    def started(cls, listening: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> Self:
        """Begin to accept."""
        listening.settimeout(0)
        acceptor = cls(listening, protocol)
        acceptor._resume()
        return acceptor

    async def stop(self) -> None:
        """Accept what waits, whose clients believe to be connected, and listen no longer."""
        self._loop.remove_reader(self._listening)
        if self._pause is not None:
            self._pause.cancel()
        with suppress(OSError):
            while True:
                self._take()
        # At once: who comes between would be reset.
        self._listening.close()
        await asyncio.gather(*self._making)

    def _resume(self) -> None:
        self._loop.add_reader(self._listening, self._accept)

    def _accept(self) -> None:
        try:
            for _ in range(self._at_once):
                self._take()
        except (BlockingIOError, ConnectionAbortedError):
            self._at_once = 1
        except OSError as error:
            logger.warning("no connection can be accepted for now: %s", error.strerror)
            self._loop.remove_reader(self._listening)
            self._pause = self._loop.call_later(PAUSE_SECONDS, self._resume)
        else:
            self._at_once = min(2 * self._at_once, MOST_AT_ONCE)

    def _take(self) -> None:
        connection, _ = self._listening.accept()
        connection.settimeout(0)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = self._loop.create_task(self._make(connection))
        self._making.add(task)
        task.add_done_callback(self._making.discard)

    async def _make(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._protocol, connection)
        except OSError:  # it has gone already
            connection.close()
