"""Files whose being there says that what they stand for is done."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give another name to write a file under; it has its own once its content is on the disk.

    A crash or a power cut leaves either all of it or what was there before. Blocks on the disk.
    """
    partial = path.with_suffix(".partial")
    yield partial
    to_disk(partial)
    partial.replace(path)
    # So that files which are published one after another also last in this order.
    to_disk(path.parent)


def to_disk(path: Path) -> None:
    """Bring a file's content, or a folder's names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
