"""Waiting for what comes about by itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSE_SECONDS = 0.1


def wait_for(holds: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something holds.

    Raises:
        AssertionError: it did not in time.

    """
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"it did not come to hold within {seconds:g} s"
        time.sleep(PAUSE_SECONDS)
