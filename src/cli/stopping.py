"""An end in order: what was started is stopped, whatever signal asks for it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import FrameType

_SIGNALLED: Final = 128
"""What shells add to a signal's number for the exit status of who it ended."""


def stop_in_order() -> None:
    """Turn SIGTERM into an exit that unwinds the stack, as SIGINT is one already."""
    signal.signal(signal.SIGTERM, _exit)


def end_with(lifeline: int) -> None:
    """Have this process end when the one that holds the other end of a pipe is no more."""

    def wait() -> None:
        os.read(lifeline, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def _exit(number: int, frame: FrameType | None) -> None:
    del frame
    sys.exit(_SIGNALLED + number)
