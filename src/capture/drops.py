"""Counts rows that were given up, and says so without flooding the log."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from capture.interface import CaptureEvents, DropReason

logger = logging.getLogger(__name__)

BURST_SECONDS: Final = 10.0
"""Drops of one reason within this time are one burst: its first is logged at once, the others
are summed up when the next line is due."""


class DropCount:
    """Every dropped row is counted at once, and logged once a burst."""

    def __init__(self, events: CaptureEvents, *, burst_seconds: float = BURST_SECONDS) -> None:
        self._events = events
        self._burst_seconds = burst_seconds
        self._lock = threading.Lock()
        self._unsaid: dict[DropReason, int] = {}
        self._said_at: dict[DropReason, float] = {}

    def add(self, reason: DropReason, rows: int) -> None:
        """Count ``rows`` given up for ``reason``."""
        if not rows:
            return
        self._events.dropped(reason.value, rows)
        with self._lock:
            self._unsaid[reason] = self._unsaid.get(reason, 0) + rows
            said_at = self._said_at.get(reason)
            due = said_at is None or time.monotonic() - said_at >= self._burst_seconds
        if due:
            self._say(reason)

    def say_rest(self) -> None:
        """Log what bursts have added up since their last line."""
        for reason in tuple(self._unsaid):
            self._say(reason)

    def _say(self, reason: DropReason) -> None:
        with self._lock:
            rows = self._unsaid.pop(reason, 0)
            self._said_at[reason] = time.monotonic()
        if rows:
            logger.warning(
                "production data: %d %s dropped (%s)",
                rows,
                "row" if rows == 1 else "rows",
                reason.value,
                extra={"rows": rows, "reason": reason.value},
            )
