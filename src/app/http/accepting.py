"""Connections that wait to be accepted are taken at a steady pace, however long the loop's turns.

uvloop takes one in each turn of the loop. Under load a turn takes a tenth of a second, and the last
of a hundred clients that come together would wait for ten before anybody reads what it has asked.
"""

from __future__ import annotations

import asyncio
import logging
import select
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

A_SECOND: Final = 3_000
"""So many connections are taken even where turns of the loop are long: more at once would hold up
those who have one, and be taken from processes that listen too."""
LONGEST_TURN_SECONDS: Final = 0.04
PAUSE_SECONDS: Final = 1.0
"""After the process or the machine has no file or no memory left for another connection."""
LAST_HANDSHAKES_SECONDS: Final = 0.1
"""How long a connection that was begun when accepting stops has to become one."""


class Acceptor:
    """Accepts one connection in a turn, and as many more as the last turn was long.

    So processes that share a listening socket also share what comes to it. Used from one loop.
    """

    def __init__(
        self,
        listening: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        clock: Callable[[], float] | None = None,
    ) -> None:
        """Take what makes the protocol of a connection; the clock is the loop's by itself."""
        self._loop = asyncio.get_running_loop()
        self._clock = clock or self._loop.time
        self._listening = listening
        self._protocol = protocol
        self._waiting_since: float | None = None
        """When connections were left to wait; None where none were."""
        self._looking = select.poll()
        self._looking.register(listening, select.POLLIN)
        self._making: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None

    def started(self) -> Self:
        """Begin to accept."""
        self._listening.settimeout(0)
        self._resume()
        return self

    async def stop(self) -> None:
        """Accept what waits, whose clients believe to be connected, and listen no longer."""
        self._loop.remove_reader(self._listening)
        if self._pause is not None:
            self._pause.cancel()
        self._take_all()
        await asyncio.sleep(LAST_HANDSHAKES_SECONDS)
        self._take_all()
        # At once: who comes between would be reset, where nothing keeps newcomers out.
        self._listening.close()
        await asyncio.gather(*self._making)

    def _resume(self) -> None:
        self._loop.add_reader(self._listening, self._accept)

    def _accept(self) -> None:
        now = self._clock()
        waited = 0.0 if self._waiting_since is None else now - self._waiting_since
        try:
            for _ in range(1 + int(A_SECOND * min(waited, LONGEST_TURN_SECONDS))):
                self._take()
        except (BlockingIOError, ConnectionAbortedError):
            pass  # another process was faster, or the client has gone
        except OSError as error:
            logger.warning("no connection can be accepted for now: %s", error.strerror)
            self._loop.remove_reader(self._listening)
            self._pause = self._loop.call_later(PAUSE_SECONDS, self._resume)
        self._waiting_since = now if self._looking.poll(0) else None

    def _take_all(self) -> None:
        with suppress(OSError):
            while True:
                self._take()

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
