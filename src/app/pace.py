"""Long work on the event loop, in slices."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

SLICE_SECONDS: Final = 0.001


class Pace:
    """Lets others go on whenever a slice of work is done."""

    def __init__(self, scoring: Callable[[], bool]) -> None:
        """Take what tells whether the scoring thread has work."""
        self._scoring = scoring
        self._began = perf_counter()

    async def breathe(self) -> None:
        """Give way if this work has held the event loop for a slice.

        Other requests get in at once; the scoring thread needs a real pause, since it gets the
        interpreter's lock only when the event loop sleeps.
        """
        if perf_counter() - self._began > SLICE_SECONDS:
            await asyncio.sleep(SLICE_SECONDS if self._scoring() else 0)
            self._began = perf_counter()
