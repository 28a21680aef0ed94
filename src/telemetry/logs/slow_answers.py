"""Slow answers in the log, a bounded number of them."""

from __future__ import annotations

import logging
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

PERIOD_SECONDS: Final = 1.0


class SlowAnswers:
    """Logs one slow answer a second, and with it how many were left out since the last.

    When everything is slow, a line for each would make it slower. Used from one event loop.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._logged_at = -PERIOD_SECONDS
        self._left_out = 0

    def log(self, endpoint: str, seconds: float) -> None:
        """Log a slow answer, in the context of its span."""
        now = self._clock()
        if now - self._logged_at < PERIOD_SECONDS:
            self._left_out += 1
            return
        logger.warning(
            "slow answer",
            extra={
                "endpoint": endpoint,
                "seconds": round(seconds, 4),
                "left_out": self._left_out or None,
            },
        )
        self._logged_at, self._left_out = now, 0
