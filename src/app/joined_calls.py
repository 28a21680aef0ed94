"""A call that costs much, made once for all who ask for it at the same time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class JoinedCalls(Generic[Result]):
    """Calls in a thread, one at a time. Used from one loop.

    Whoever asks during a call shares the next one: that one knows all that was so when they asked.
    """

    def __init__(self, call: Callable[[], Result]) -> None:
        self._call = call
        self._now: asyncio.Task[Result] | None = None
        self._next: asyncio.Task[Result] | None = None

    async def __call__(self) -> Result:
        """Give what a call gives, or raise what it raises, that begins from now on."""
        if self._next is None:
            self._next = asyncio.create_task(self._run(self._now), name="joined call")
        # Who leaves takes nothing from the others.
        return await asyncio.shield(self._next)

    async def _run(self, before: asyncio.Task[Result] | None) -> Result:
        if before is not None and not before.done():
            await asyncio.wait([before])
        self._now, self._next = self._next, None
        return await asyncio.to_thread(self._call)
