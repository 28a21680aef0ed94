"""An end in order: what was started is stopped, whatever signal asks for it."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import FrameType

_SIGNALLED: Final = 128
"""What shells add to a signal's number for the exit status of who it ended."""


def stop_in_order() -> None:
    """Turn SIGTERM into an exit that unwinds the stack, as SIGINT is one already."""
    signal.signal(signal.SIGTERM, _exit)


def _exit(number: int, frame: FrameType | None) -> None:
    del frame
    sys.exit(_SIGNALLED + number)
