"""A process that runs beside the service, and is started anew when it ends."""

from __future__ import annotations

import logging
import os
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from cli.stopping import lifeline
from telemetry.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 60.0
STEADY_SECONDS: Final = 60.0
"""What ran for so long is started anew without a longer pause."""
STOP_SECONDS: Final = 3.0
NICENESS: Final = 10
"""Requests go before whatever it does, where Linux does not share the processor by session."""


class Companion:
    """Keeps a command, which takes ``--lifeline``, running for as long as the block lasts."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="companion", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()
        self._thread.join()

    def end(self) -> None:
        """Have it end, without waiting for that."""
        self._stopping.set()

    def _run(self) -> None:
        backoff = Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, STEADY_SECONDS)
        while not self._stopping.is_set():
            backoff.begun()
            try:
                ended = f"exited with status {self._run_once()}"
            except OSError as error:
                ended = f"could not be started ({error})"
            pause = backoff.ended()
            if self._stopping.is_set():
                return
            logger.error("the background worker %s and is started anew in %.0f s", ended, pause)
            self._stopping.wait(pause)

    def _run_once(self) -> int:
        """Run the command to its end; give its status.

        Raises:
            OSError: the machine has no room for it.

        """
        with lifeline() as theirs:
            process = subprocess.Popen(  # noqa: S603  # our own program and words
                [*self._command, "--lifeline", str(theirs)],
                pass_fds=[theirs],
                # Ctrl-C in the terminal is for us to pass on.
                start_new_session=True,
            )
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
            return self._wait(process)

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        while True:
            with suppress(subprocess.TimeoutExpired):
                return process.wait(0.2)
            if self._stopping.is_set():
                process.terminate()
                try:
                    return process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    return process.wait()
