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
        """Have a refusal written by ``write``, in this turn of the loop if few others are."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._write_some)
        self._waiting.append(write)

    def _write_some(self) -> None:
        for _ in range(min(A_TURN, len(self._waiting))):
            self._waiting.popleft()()
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._write_some)
