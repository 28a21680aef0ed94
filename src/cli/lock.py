"""One service, and one worker, a data folder."""

from __future__ import annotations

import fcntl
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


WORKER_LOCK: Final = ".worker.lock"
"""Name of the lock that a worker holds."""
_TRIES: Final = 5
_PAUSE_SECONDS: Final = 0.1
"""Between two tries: who only looks at a lock, as health checks do, is gone by then."""


def is_used(data_dir: Path, name: str) -> bool:
    """Tell whether a process holds the data folder for what a lock is named for."""
    try:
        file = (data_dir / name).open("r")
    except OSError:
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        return False


@contextmanager
def sole_use(data_dir: Path, what: str = "Dexwatch", name: str = ".lock") -> Iterator[None]:
    """Hold the data folder for one kind of work; the lock goes with the process, however it ends.

    Args:
        data_dir: the folder.
        what: works there.
        name: of the lock's file.

    Raises:
        click.ClickException: another process holds it, or the folder cannot be written.

    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        file = (data_dir / name).open("a")
    except OSError as error:
        raise click.ClickException(f"{data_dir} cannot be used: {error.strerror}") from error
    with file:
        if not any(_take(file, tried) for tried in range(_TRIES)):
            raise click.ClickException(
                f"{what} already runs on {data_dir}; stop it, or set DEXWATCH_DATA_DIR"
            )
        yield


def _take(file: IO[str], tried: int) -> bool:
    """Take a lock, unless somebody holds it; wait a little before another try."""
    if tried:
        time.sleep(_PAUSE_SECONDS)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
