"""Refusals are written some at a time, so that they hold up nobody who was let in.

An answer takes several turns of the event loop, and a turn reads whatever has come. Under overload
that is a refusal for each of a thousand connections: written while they are read, they make a turn
last for a tenth of a second, and an answer for as many of those as it takes turns.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

A_TURN: Final = 64
"""About two milliseconds of the event loop."""


class Refusals:
    """Refusals in the order of their requests. Used from one loop."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], object]] = deque()

    def add(self, write: Callable[[], object]) -> None:
        """Have a refusal written by ``write``, as soon as those before it are."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._write_some)
        self._waiting.append(write)

    def _write_some(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(min(A_TURN, len(self._waiting))):
            # Each by itself, so that one that fails takes no other with it.
            loop.call_soon(self._waiting.popleft())
        if self._waiting:
            loop.call_soon(self._write_some)
