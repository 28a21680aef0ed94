"""New files that appear whole, durable and under a name of their own, or not at all."""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from pathlib import Path

TEMPORARY_GLOB: Final = ".production_data_*.tmp"

ABANDONED_SECONDS: Final = 600.0
"""A temporary file this old has lost its writer: writing one takes milliseconds, and a
younger one may belong to another process at work in the same folder."""


def publish(content: bytes, folder: Path, stem: str, used: Container[str] = frozenset()) -> Path:
    """Write ``content`` durably as ``<stem>.parquet``, or a numbered name, and none of ``used``.

    The name appears only once all of the content is on the disk. Any number of processes may do
    so at once. The folder must allow hard links, as every POSIX file system does: a link is what
    publishes a file without ever replacing another. Blocks on the disk.

    Raises:
        OSError: nothing was written; what was begun is removed.

    """
    folder.mkdir(parents=True, exist_ok=True)
    with _temporary(content, folder) as temporary:
        final = _link(temporary, stem, used)
    _sync_names(folder)
    return final


def write_over(content: bytes, path: Path) -> None:
    """Put ``content`` durably into a file that is there, in one step. Blocks on the disk.

    Raises:
        OSError: the file is as it was.

    """
    with _temporary(content, path.parent) as temporary:
        temporary.rename(path)
    _sync_names(path.parent)


def remove_abandoned(folder: Path) -> None:
    """Remove the temporary files that crashed processes left behind.

    Raises:
        OSError: the folder cannot be read.

    """
    abandoned = time.time() - ABANDONED_SECONDS
    for temporary in folder.glob(TEMPORARY_GLOB):
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            if temporary.stat().st_mtime < abandoned:
                temporary.unlink()


@contextlib.contextmanager
def _temporary(content: bytes, folder: Path) -> Iterator[Path]:
    """Bring ``content`` to the disk under a name that nobody looks for."""
    temporary = folder / f".production_data_{uuid.uuid4().hex}.tmp"
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        # Failing to tidy up must not hide what failed before; abandoned ones are removed later.
        with contextlib.suppress(OSError):
            temporary.unlink()


def _link(temporary: Path, stem: str, used: Container[str]) -> Path:
    taken = 0
    while True:
        final = temporary.with_name(f"{stem}_{taken}.parquet" if taken else f"{stem}.parquet")
        if final.name in used:
            taken += 1
            continue
        try:
            os.link(temporary, final)
        except FileExistsError:
            taken += 1
        else:
            return final


def _sync_names(folder: Path) -> None:
    """Bring the new name to the disk; the content already is there.

    A failure is let pass: the file is complete and visible, and to write the rows again would
    double them.
    """
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
