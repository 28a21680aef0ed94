"""Questions at a fixed rate, whether or not the ones before are answered: an open loop.

Latency counts from the moment at which a question was due, so that one who is kept waiting cannot
hide it by asking less. It is lean because it shares the cores with what it measures: the event loop
and the parser are C, and nothing is kept of an answer but its status and its time.
"""

from __future__ import annotations

import asyncio
import random
import resource
from collections import deque
from dataclasses import dataclass
from itertools import cycle
from time import perf_counter
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

import httptools
import numpy as np
import uvloop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.questions import Asking
    from numpy.typing import NDArray

MOST_CONNECTIONS: Final = 1_000
OK: Final = 200
REFUSED: Final = 503
LOST: Final = 0
"""Stands for an answer that never came."""
UNSENT: Final = -1
"""Stands for a question that was due while every connection was taken: nobody asked it."""
IDLE_SECONDS: Final = 4.0
"""An idle connection is used for so long: the bare handler's server closes it after five, and
whoever writes at that moment is not heard."""
_LAST_SECONDS: Final = 10.0
"""How long answers are waited for after the last question."""
_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Answers:
    """One value a question in each array; times in seconds from the first."""

    due: NDArray[np.float64]
    sent: NDArray[np.float64]
    ended: NDArray[np.float64]
    status: NDArray[np.int64]
    retry_after: int
    """Refusals that said when to come again."""
    cores: float
    """Of this client."""

    @property
    def latency_ms(self) -> NDArray[np.float64]:
        """From when a question was due."""
        return (self.ended - self.due) * 1e3

    @property
    def late_ms(self) -> NDArray[np.float64]:
        """How late questions were sent: the client's own part, or all connections were taken."""
        return (self.sent - self.due) * 1e3

    @property
    def rate(self) -> float:
        """Questions a second that were sent."""
        return int((self.status != UNSENT).sum()) / float(self.sent.max())

    def between(self, start: float, end: float) -> Self:
        """Give the questions that were due then."""
        some = (self.due >= start) & (self.due < end)
        return type(self)(
            self.due[some],
            self.sent[some],
            self.ended[some],
            self.status[some],
            self.retry_after,
            self.cores,
        )


def ask(url: str, asking: Asking, phases: Sequence[tuple[float, float]]) -> Answers:
    """Ask at each rate (a second) for so long (seconds), one after the other."""
    return uvloop.run(_Client(url, asking, _due(phases)).run())


def _due(phases: Sequence[tuple[float, float]]) -> list[float]:
    """Draw moments at which questions come by themselves, independent of each other."""
    draw = random.Random(_SEED)  # noqa: S311  # no secret
    moments, start = [], 0.0
    for rate, seconds in phases:
        end, moment = start + seconds, start + draw.expovariate(rate)
        while moment < end:
            moments.append(moment)
            moment += draw.expovariate(rate)
        start = end
    return moments


class _Client:
    def __init__(self, url: str, asking: Asking, due: list[float]) -> None:
        place = urlsplit(url)
        self._host, self._port = str(place.hostname), int(place.port or 80)
        if asking.bodies is None:
            raise ValueError("only bodies are asked at a rate")
        head = f"POST {asking.path} HTTP/1.1\r\nHost: {place.netloc}\r\n"
        head += "Content-Type: application/json\r\nContent-Length: "
        self._requests = cycle(
            f"{head}{len(body)}\r\n\r\n{body}".encode()
            for body in asking.bodies.read_text(encoding="ascii").splitlines()
        )
        self._due = due
        self._waiting: deque[int] = deque()
        """Questions that are due while their connections are being opened."""
        self._idle: list[_Connection] = []
        self._connected: set[_Connection] = set()
        self._opening: set[asyncio.Task[object]] = set()
        self._open = len(due)
        self._all_ended = asyncio.Event()
        self._sent = np.zeros(len(due))
        self._ended = np.zeros(len(due))
        self._status = np.full(len(due), LOST)
        self.retry_after = 0

    async def run(self) -> Answers:
        before = resource.getrusage(resource.RUSAGE_SELF)
        self._began = perf_counter()
        asked = 0
        while asked < len(self._due):
            now = perf_counter() - self._began
            while asked < len(self._due) and self._due[asked] <= now:
                self._put(asked)
                asked += 1
            await asyncio.sleep(0.001)
        after = resource.getrusage(resource.RUSAGE_SELF)
        busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        cores = busy / (perf_counter() - self._began)
        try:
            async with asyncio.timeout(_LAST_SECONDS):
                await self._all_ended.wait()
        except TimeoutError:
            end = perf_counter() - self._began
            self._ended[self._status == LOST] = end
            self._sent[self._sent == 0] = end
        await self._close()
        return Answers(
            np.array(self._due), self._sent, self._ended, self._status, self.retry_after, cores
        )

    def _put(self, number: int) -> None:
        if self._idle and perf_counter() - self._idle[-1].idle_since < IDLE_SECONDS:
            self._send(self._idle.pop(), number)
            return
        # The last was idle for the least time. Kept, all would count as connections that wait.
        for unused in self._idle:
            unused.transport.close()
        self._idle.clear()
        if len(self._connected) + len(self._opening) >= MOST_CONNECTIONS:
            # Asked later it would make the load longer than it was to be.
            self.end(number, UNSENT)
            self._sent[number] = self._ended[number]
            return
        self._waiting.append(number)
        loop = asyncio.get_running_loop()
        opening = loop.create_task(
            loop.create_connection(lambda: _Connection(self), self._host, self._port)
        )
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)

    def _send(self, connection: _Connection, number: int) -> None:
        self._sent[number] = perf_counter() - self._began
        connection.number = number
        connection.transport.write(next(self._requests))

    def end(self, number: int, status: int) -> None:
        """Note an answer, or that there will be none."""
        self._ended[number] = perf_counter() - self._began
        self._status[number] = status
        self._open -= 1
        if not self._open:
            self._all_ended.set()

    async def _close(self) -> None:
        """End every connection: uvloop cannot always be closed while one is open."""
        for opening in self._opening:
            opening.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        while self._connected:
            for connection in tuple(self._connected):
                connection.transport.abort()
            await asyncio.sleep(0.001)

    def made(self, connection: _Connection) -> None:
        """Take a new connection."""
        self._connected.add(connection)
        self.free(connection)

    def free(self, connection: _Connection) -> None:
        """Take a connection that has nothing to do, if it is not gone meanwhile."""
        if connection not in self._connected:
            return
        if self._waiting:
            self._send(connection, self._waiting.popleft())
        else:
            connection.idle_since = perf_counter()
            self._idle.append(connection)

    def gone(self, connection: _Connection) -> None:
        """Do without a connection that the server has closed."""
        self._connected.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)


class _Connection(asyncio.Protocol):
    transport: asyncio.Transport
    number: int | None = None
    idle_since = 0.0

    def __init__(self, client: _Client) -> None:
        self._client = client
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # TCP
        self.transport = transport
        self._client.made(self)

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"HTTP/1.1 503") and b"\r\nretry-after:" in data.lower():
            self._client.retry_after += 1
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        number, self.number = self.number, None
        if number is not None:
            self._client.end(number, self._parser.get_status_code())
        # The parser of one answer does not begin another while it is in a callback.
        if self._parser.should_keep_alive():
            asyncio.get_running_loop().call_soon(self._client.free, self)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._client.gone(self)
        if self.number is not None:
            self._client.end(self.number, LOST)
