"""One service, and one worker, a data folder."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise click.ClickException(
                f"{what} already runs on {data_dir}; stop it, or set DEXWATCH_DATA_DIR"
            ) from error
        yield
