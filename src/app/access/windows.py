"""How much each caller has asked of late, counted in this process.

A window of the limit's length slides over two fixed ones: what was asked in the last of them counts
for as much of it as the window still covers. That is off by a few per cent where a caller is not
even, and takes one number a caller; the limit cannot be used twice around the end of a window.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_CALLERS: Final = 100_000
"""Counted one by one in a window, in about 10 MB; any more are counted together, as one."""
EVERYBODY_ELSE: Final = "*"
_SOON: Final = 0.001
"""Where there is room from now on, but not now."""


class Windows:
    """Counts requests by caller against one limit."""

    def __init__(self, limit: int, seconds: float, clock: Callable[[], float] = time) -> None:
        """Begin with nothing asked.

        Args:
            limit: requests that a caller has in ``seconds``.
            seconds: length of the window.
            clock: seconds since 1970; processes that share counts have to agree on windows.

        """
        self.limit = limit
        self.seconds = seconds
        self._clock = clock
        self.number = 0
        """Of the window that is now."""
        self._ends = 0.0
        self.used: dict[str, int] = {}
        """Requests in the window that is now."""
        self._before: dict[str, int] = {}

    def take(self, caller: str) -> float:
        """Count a request and give 0, or say in how many seconds there is room for it."""
        now = self._clock()
        # Also into the past, when somebody sets the clock.
        if not self._ends - self.seconds <= now < self._ends:
            self._turn(now)
        used = self.used.get(caller)
        if used is None:
            used = 0
            if len(self.used) >= MOST_CALLERS:
                caller = EVERYBODY_ELSE
                used = self.used.get(caller, 0)
        before = self._before.get(caller, 0)
        if used + before * (self._ends - now) / self.seconds >= self.limit:
            return max(self._room_in(used, before, now), _SOON)
        self.used[caller] = used + 1
        return 0.0

    def _turn(self, now: float) -> None:
        number = int(now // self.seconds)
        self._before = self.used if number == self.number + 1 else {}
        self.used = {}
        self.number = number
        self._ends = (number + 1) * self.seconds

    def _room_in(self, used: int, before: int, now: float) -> float:
        if used < self.limit:
            # Until the share of the last window that counts is small enough.
            return self._ends - now - (self.limit - used) / before * self.seconds
        # This window will be the last one then.
        return self._ends - now + (1 - self.limit / used) * self.seconds
