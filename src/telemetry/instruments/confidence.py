"""The mean confidence of the last minute, the same for everyone who asks."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW_SECONDS: Final = 60


@dataclass(slots=True)
class _Second:
    at: int
    total: float = 0.0
    count: int = 0


class ConfidenceWindow:
    """Adds up max(p, 1-p) a second and model version; reading takes nothing away."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seconds: dict[str, deque[_Second]] = {}

    def add(self, model_version: str, win_probability: float) -> None:
        """Take the win probability of a recommended move."""
        now = int(self._clock())
        with self._lock:
            seconds = self._seconds.get(model_version)
            if seconds is None:
                seconds = self._seconds[model_version] = deque()
            if not seconds or seconds[-1].at != now:
                seconds.append(_Second(now))
                _forget(seconds, now)
            seconds[-1].total += max(win_probability, 1.0 - win_probability)
            seconds[-1].count += 1

    def means(self) -> dict[str, tuple[float, int]]:
        """Give mean and number for each model version that predicted within the window."""
        now = int(self._clock())
        with self._lock:
            for version, seconds in list(self._seconds.items()):
                _forget(seconds, now)
                if not seconds:
                    del self._seconds[version]
            return {version: _mean(seconds) for version, seconds in self._seconds.items()}


def _mean(seconds: deque[_Second]) -> tuple[float, int]:
    count = sum(second.count for second in seconds)
    return sum(second.total for second in seconds) / count, count


def _forget(seconds: deque[_Second], now: int) -> None:
    while seconds and seconds[0].at <= now - WINDOW_SECONDS:
        seconds.popleft()
