"""An end in order: what was started is stopped, whatever signal asks for it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

FunctionT = TypeVar("FunctionT", bound="Callable[..., Any]")

_SIGNALLED: Final = 128
"""What shells add to a signal's number for the exit status of who it ended."""


def stop_in_order() -> None:
    """Turn SIGTERM into an exit that unwinds the stack, as SIGINT is one already."""
    signal.signal(signal.SIGTERM, _exit)


@contextmanager
def lifeline() -> Iterator[int]:
    """Give what a process takes as ``--lifeline``: by it it learns that the block, or we, ended."""
    theirs, ours = os.pipe()
    try:
        yield theirs
    finally:
        os.close(ours)
        os.close(theirs)


def _end_with(lifeline: int) -> None:
    """Have this process end when the one that holds the other end of a pipe is no more."""

    def wait() -> None:
        os.read(lifeline, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def ends_with_who_started_it(command: FunctionT) -> FunctionT:
    """Give a command the option ``--lifeline``, which :func:`lifeline` makes.

    It is seen as the words are read, before the command imports what takes seconds.
    """

    def see(context: click.Context, parameter: click.Parameter, value: int | None) -> None:
        del context, parameter
        if value is not None:
            _end_with(value)

    option = click.option(
        "--lifeline",
        type=int,
        hidden=True,
        expose_value=False,
        callback=see,
        help="descriptor to whoever started this",
    )
    return option(command)


def _exit(number: int, frame: FrameType | None) -> None:
    del frame
    sys.exit(_SIGNALLED + number)
