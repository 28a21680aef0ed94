"""Tasks that last as long as their process: one that fails is told, and begun again."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from telemetry.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 30.0
STEADY_SECONDS: Final = 60.0
"""Work that went on for so long is begun again without a longer pause."""


def keep_going(
    name: str,
    work: Callable[[], Coroutine[Any, Any, None]],
    ending: asyncio.Event | None = None,
) -> asyncio.Task[None]:
    """Start work that goes on until it is cancelled, or returns since it is to end.

    Whatever else ends it is logged as an error, and it is begun again after a pause.

    Args:
        name: of the task, and in the log.
        work: begins it, each time anew.
        ending: once set, work that failed is not begun again.

    """
    return asyncio.create_task(_keep_going(name, work, ending or asyncio.Event()), name=name)


async def call_off(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks that :func:`keep_going` gave, and wait for their ends."""
    for task in tasks:
        task.cancel()
    # Each has told by itself what failed.
    await asyncio.gather(*tasks, return_exceptions=True)


async def _keep_going(
    name: str, work: Callable[[], Coroutine[Any, Any, None]], ending: asyncio.Event
) -> None:
    backoff = Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, STEADY_SECONDS)
    while not ending.is_set():
        backoff.begun()
        try:
            await work()
        except (Exception, asyncio.CancelledError) as error:
            # What it waited for may be cancelled, too, without anybody having cancelled it.
            if _is_called_off():
                if isinstance(error, Exception):
                    logger.exception("%s failed while it ended", name)
                raise
            pause = backoff.ended()
            logger.exception("%s failed and is begun again in %.1f s", name, pause)
        else:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await ending.wait()


def _is_called_off() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
