"""A hard bound on work that blocks and cannot be told to stop."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_Result = TypeVar("_Result")


def within(seconds: float, work: Callable[[], _Result]) -> _Result:
    """Run ``work`` on a thread of its own and return its result, or raise what it raised.

    MLflow waits out some failures (a dead database behind it, say) for minutes and has no
    switch for that. Work that overruns is left behind on its daemon thread, so call this in a
    process that is short-lived.

    Raises:
        TimeoutError: it took longer than ``seconds``.

    """
    outcome: Future[_Result] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001  # raised again where the result is awaited
            outcome.set_exception(error)

    threading.Thread(target=run, name="registry-deadline", daemon=True).start()
    return outcome.result(timeout=seconds)
