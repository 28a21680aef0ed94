"""Keeps an outage of the collector from filling the log."""

from __future__ import annotations

import threading
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

PERIOD_SECONDS: Final = 60.0
_SUBJECT: Final = "opentelemetry"


class Repeats:
    """A filter that lets each kind of line from the telemetry libraries through once a minute.

    The next one of a kind tells how many were left out. Lines of the service itself all pass.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether ``record`` is to be written."""
        if record.name.split(".", 1)[0] != _SUBJECT:
            return True
        # The unformatted message: what is formatted into it may differ every time.
        kind = (record.name, str(record.msg))
        now = self._clock()
        with self._lock:
            since, left_out = self._seen.get(kind, (-PERIOD_SECONDS, 0))
            if now - since < PERIOD_SECONDS:
                self._seen[kind] = (since, left_out + 1)
                return False
            self._seen[kind] = (now, 0)
        if left_out:
            record.left_out = left_out
        return True
