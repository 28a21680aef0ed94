"""How long to wait before what has ended is begun again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from math import inf


@dataclass(slots=True)
class Backoff:
    """Pauses that double with each run, until one was steady."""

    first: float
    """Seconds, as are the others."""
    longest: float
    steady: float
    """A run of so long ended for a reason of its own: the pause after it is the first again."""
    _next: float = field(init=False)
    _began: float = field(init=False, default=inf)

    def __post_init__(self) -> None:
        self._next = self.first

    def begun(self) -> None:
        """Note that a run begins."""
        self._began = time.monotonic()

    def ended(self) -> float:
        """Give the pause after a run, or after another attempt to begin one."""
        if time.monotonic() - self._began >= self.steady:
            self._next = self.first
        self._began = inf
        pause, self._next = self._next, min(2 * self._next, self.longest)
        return pause
