"""What protection costs a request: `make bench-protection`.

In microseconds: counting callers, beside the strategies of the `limits` library counting in memory;
and connections that know what they wait for, beside uvicorn's own.
"""

from __future__ import annotations

import asyncio
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from limits import parse
from limits.aio import strategies
from limits.aio.storage import MemoryStorage
from rich.console import Console
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from app.access.guard import Guard
from app.access.key_ring import KeyRing
from app.access.rate_limits import RateLimits, Rates
from app.access.windows import MOST_CALLERS
from app.http.connections import Connection, Connections
from config.settings import AccessSettings, ServerSettings
from telemetry.in_memory import InMemoryTelemetry
from telemetry.instruments import AccessInstruments

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from limits import RateLimitItem

REQUESTS: Final = 50_000
ROUNDS: Final = 7
_HEADERS: Final = [
    (b"host", b"localhost:8000"),
    (b"accept", b"*/*"),
    (b"accept-encoding", b"gzip, deflate"),
    (b"user-agent", b"python-httpx/0.28.1"),
    (b"content-type", b"application/json"),
    (b"content-length", b"87"),
]


def _scope(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {
        "type": "http",
        "path": "/predict/best-move",
        "client": ("127.0.0.1", 1),
        "headers": [*_HEADERS, *headers],
    }


async def _best(ask: Callable[[int], Awaitable[object]]) -> float:
    """Give microseconds a call, of the quickest round."""
    rounds = []
    for _ in range(ROUNDS):
        began = perf_counter()
        for number in range(REQUESTS):
            await ask(number)
        rounds.append((perf_counter() - began) / REQUESTS * 1e6)
    return min(rounds)


class _Transport(asyncio.Transport):
    """Takes what is written, and leads nowhere."""

    def write(self, data: object) -> None:
        """Take it."""

    def is_closing(self) -> bool:
        """Stay open."""
        return False

    def close(self) -> None:
        """Stay open all the same."""


async def _connection(make: Callable[..., HttpToolsProtocol]) -> float:
    """Give microseconds that reading a request takes, and answering it with nothing."""

    async def app(_scope: object, _receive: object, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    config = uvicorn.Config(app, log_config=None, proxy_headers=False)
    config.load()
    protocol = make(config=config, server_state=ServerState(), app_state={})
    protocol.connection_made(_Transport())
    lines = b"".join(b"%b: %b\r\n" % header for header in _HEADERS)
    request = b"POST /predict/best-move HTTP/1.1\r\n%b\r\n%b" % (lines, b"x" * 87)

    async def ask(_: int) -> None:
        protocol.data_received(request)
        await asyncio.sleep(0)

    return await _best(ask)


async def main() -> None:
    """Measure and print."""
    console = Console(highlight=False)
    memory = InMemoryTelemetry.create()
    settings = AccessSettings(rate_limit="900000000/hour", key_rate_limit="900000000/hour")
    guard = Guard(KeyRing(), AccessInstruments.create(memory.telemetry.signals))

    async def app(*_: object) -> None:
        pass

    async def nothing(*_: object) -> None:
        raise AssertionError("nothing is sent or received")

    limited: Any = RateLimits(app, Rates.of(settings), guard)

    def asking(scope: dict[str, Any]) -> Callable[[int], Awaitable[object]]:
        return lambda _: limited(scope, nothing, nothing)

    usual, with_key = _scope(), _scope((b"authorization", b"Bearer dexwatch_" + b"x" * 52))
    bare = await _best(lambda _: app(usual, nothing, nothing))
    for what, scope in (("one address", usual), ("one address, with a key", with_key)):
        cost = await _best(asking(scope)) - bare
        console.print(f"{what:<50} {cost:6.2f} us")
    scopes = [
        {**usual, "client": (f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", 1)} for n in range(REQUESTS)
    ]
    cost = await _best(lambda number: limited(scopes[number], nothing, nothing)) - bare
    console.print(f"{f'{REQUESTS:,} addresses of at most {MOST_CALLERS:,}':<50} {cost:6.2f} us")

    def hitting(limiter: strategies.RateLimiter, item: RateLimitItem) -> Callable[..., Any]:
        return lambda _: limiter.hit(item, "127.0.0.1")

    item = parse("900000000/hour")
    for strategy in (
        strategies.FixedWindowRateLimiter,
        strategies.SlidingWindowCounterRateLimiter,
        strategies.MovingWindowRateLimiter,
    ):
        limiter = strategy(MemoryStorage())
        if strategy is strategies.MovingWindowRateLimiter:
            item = parse("1000/hour")  # keeps each hit
        cost = await _best(hitting(limiter, item))
        console.print(f"{f'limits, {strategy.__name__}':<50} {cost - bare:6.2f} us")
    connections = Connections(ServerSettings(), guard.instruments)
    own = await _connection(partial(Connection, connections))
    cost = own - await _connection(HttpToolsProtocol)
    console.print(f"{'a connection that knows what it waits for':<50} {cost:6.2f} us")
    memory.telemetry.shutdown()


if __name__ == "__main__":
    asyncio.run(main())
