"""A server of ours that ends is started anew."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from storage.embedded.postmaster import stop
from storage.errors import EmbeddedDatabaseError
from telemetry.backoff import Backoff

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 30.0
STEADY_SECONDS: Final = 60.0
"""A server that ran so long may be started anew without a longer pause."""


class Supervisor:
    """Starts a server again whenever it ends, killed or crashed, until it is to be stopped."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        start: Callable[[], subprocess.Popen[bytes]],
    ) -> None:
        """Take the server that runs, and how another one is started in its place."""
        self._process = process
        self._start = start
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="postgres supervisor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the server, and whatever is being started in its place.

        Raises:
            EmbeddedDatabaseError: it does not end.

        """
        self._stopping.set()
        stop(self._process)
        self._thread.join()
        stop(self._process)

    def _run(self) -> None:
        backoff = Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, STEADY_SECONDS)
        while not self._stopping.is_set():
            backoff.begun()
            status = self._process.wait()
            if self._stopping.is_set():
                return
            logger.error("PostgreSQL ended with status %d and is started anew", status)
            while not self._stopping.wait(backoff.ended()):
                try:
                    self._process = self._start()
                except (OSError, EmbeddedDatabaseError) as error:
                    logger.warning("PostgreSQL cannot be started, trying again: %s", error)
                else:
                    break
