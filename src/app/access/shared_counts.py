"""Counts of rate limits that several processes share over Redis.

No request waits for Redis. A few times a second each process adds there what it has counted of the
callers that ask much, and learns what the others have: so a caller may get ahead of its limit by
what it can ask in that time, and by a hundredth of the limit in each process. While Redis is away
each process counts for itself.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from heapq import nlargest
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.errors import StorageError

from telemetry.lasting import keep_going

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from limits.aio.storage import Storage

    from app.access.windows import Windows
    from config.settings import StreamSettings

logger = logging.getLogger(__name__)

EVERY_SECONDS: Final = 0.2
AWAY_SECONDS: Final = 2.0
"""Between two attempts to reach Redis."""
LEAST_SHARE: Final = 0.01
"""Of its limit that a caller has to have used in a process before that is told."""
MOST_SHARED: Final = 500
"""Callers that are told of each time, those that ask most."""
PREFIX: Final = "dexwatch:limits"


class SharedCounts:
    """Keeps the windows of this process in step with those of the others."""

    def __init__(self, storage: Storage, windows: Mapping[str, Windows]) -> None:
        """Take what is shared, by names that the other processes use too."""
        self._storage = storage
        self._shared = [_Shared(name, one) for name, one in windows.items()]
        self.are_shared = False
        """Whether Redis answered the last time."""
        self._said: bool | None = None
        self.stopping = asyncio.Event()
        """Set to have :meth:`keep` end."""

    async def keep(self) -> None:
        """Share again and again, until stopped."""
        while not self.stopping.is_set():
            await self.share()
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY_SECONDS if self.are_shared else AWAY_SECONDS):
                    await self.stopping.wait()

    async def share(self) -> None:
        """Tell what was counted, and learn what others did."""
        try:
            for shared in self._shared:
                await shared.share(self._storage)
            # Also when nobody has asked much.
            await self._storage.get("nothing")
            self.are_shared = True
        except StorageError as error:
            self.are_shared = False
            logger.debug("counts of requests could not be shared: %s", error)
        if self.are_shared != self._said:
            self._said = self.are_shared
            if self.are_shared:
                logger.info("counts of requests are shared over Redis")
            else:
                logger.warning("Redis is away: each process counts requests for itself")


class _Shared:
    """One limit's windows, and how much of them is in Redis."""

    def __init__(self, name: str, windows: Windows) -> None:
        self._windows = windows
        self._item = RateLimitItemPerSecond(windows.limit, int(windows.seconds), namespace=name)
        self._number = 0
        self._known: dict[str, int] = {}
        """By caller: the count of all processes when it was last told."""

    async def share(self, storage: Storage) -> None:
        windows = self._windows
        if windows.number != self._number:
            self._number, self._known = windows.number, {}
        used = windows.used
        least = max(windows.limit * LEAST_SHARE, 1)
        many = ((count, caller) for caller, count in used.items() if count >= least)
        for count, caller in nlargest(MOST_SHARED, many):
            known = self._known.get(caller, 0)
            # Two windows long, since the one before still counts in part.
            total = await storage.incr(
                self._item.key_for(caller, str(self._number)),
                2 * int(windows.seconds),
                amount=count - known,
            )
            used[caller] += total - count
            self._known[caller] = total


@asynccontextmanager
async def sharing(
    settings: StreamSettings, windows: Mapping[str, Windows]
) -> AsyncIterator[SharedCounts | None]:
    """Share counts for as long as the block, where there is a Redis."""
    if settings.url is None:
        yield None
        return
    # Redis' client, which takes 18 MB and a quarter of a second, is for those who have a Redis.
    from capture.streams.connection import shared_options  # noqa: PLC0415  # see above

    storage = RedisStorage(
        _location(settings.url),
        implementation="redispy",
        wrap_exceptions=True,
        key_prefix=PREFIX,
        **shared_options(settings),
    )
    counts = SharedCounts(storage, windows)
    keeping = keep_going("shared counts", counts.keep, counts.stopping)
    try:
        yield counts
    finally:
        # Not cancelled: that could leave a connection half made. A look ends in a moment.
        counts.stopping.set()
        await keeping
        # The library closes nothing, and types its client by what it asks of it.
        await cast("Any", storage.bridge).get_connection().aclose()


def _location(url: str) -> str:
    """Write the stream's URL as the library wants it: with its scheme, and with a port."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"async+redis+{url}"
    if parts.port is None:
        parts = parts._replace(netloc=f"{parts.netloc}:6379")
    return f"async+{parts.geturl()}"
