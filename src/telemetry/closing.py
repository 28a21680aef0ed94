"""Shut things down side by side, within a bounded time."""

from __future__ import annotations

import logging
import threading
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

logger = logging.getLogger(__name__)


class Closing:
    """Runs every one of ``steps`` once, each in a thread of its own.

    The threads are daemons: one that hangs on a dead peer is left behind and ends with the process.
    """

    def __init__(self, steps: Sequence[Callable[[], object]]) -> None:
        self._steps = steps
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def close(self, timeout: float) -> bool:
        """Close what is open; say whether all of it closed within ``timeout`` seconds.

        A further call starts nothing again and waits for what the first one started.
        """
        with self._lock:
            if not self._threads:
                self._threads = [
                    threading.Thread(
                        target=_run, args=(step,), name=f"telemetry-close-{number}", daemon=True
                    )
                    for number, step in enumerate(self._steps)
                ]
                for thread in self._threads:
                    thread.start()
        deadline = monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - monotonic()))
        return not any(thread.is_alive() for thread in self._threads)


def _run(step: Callable[[], object]) -> None:
    try:
        step()
    except Exception:
        # One failed step must not keep the process or the other steps.
        logger.exception("telemetry: a part did not shut down cleanly")
