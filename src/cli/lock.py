"""One service a data folder."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def sole_use(data_dir: Path) -> Iterator[None]:
    """Hold the data folder; the lock goes with the process, however it ends.

    Raises:
        click.ClickException: another process holds it, or the folder cannot be written.

    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        file = (data_dir / ".lock").open("a")
    except OSError as error:
        raise click.ClickException(f"{data_dir} cannot be used: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise click.ClickException(
                f"Dexwatch already runs on {data_dir}; stop it, or set DEXWATCH_DATA_DIR"
            ) from error
        yield
