"""Waiting for what comes about by itself."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_SECONDS = 60.0
ALLOWANCE_SECONDS = 3.0
"""What a machine that others use too may take from a test at any moment. A test that something does
not wait allows for it, and has what is not waited for last far longer."""


def wait_for(
    holds: Callable[[], object], seconds: float = LONGEST_SECONDS, what: str = "it holds"
) -> None:
    """Wait until something holds.

    Raises:
        AssertionError: it did not in time.

    """
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        time.sleep(0.1)


async def until(holds: Callable[[], object], seconds: float = LONGEST_SECONDS) -> None:
    """Wait until something holds that the loop, or a thread beside it, brings about.

    Raises:
        TimeoutError: it did not in time.

    """
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.005)
