"""The folder of capture files, written so that a reader never meets a part of one."""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEMPORARY_GLOB: Final = ".production_data_*.tmp"
ABANDONED_SECONDS: Final = 600.0
"""A temporary file this old has lost its writer: writing one takes milliseconds, and a
younger one may belong to another process at work in the same folder."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class CaptureFolder:
    """Files ``production_data_YYYYMMDD_HHMMSS[_<n>].parquet``, in UTC, in one folder.

    Any number of processes may write into the folder. It must allow hard links, as every
    POSIX file system does: a link is what publishes a file without ever replacing another.
    """

    def __init__(self, path: Path, now: Callable[[], datetime] = _utc_now) -> None:
        self.path = path
        self._now = now

    def prepare(self) -> None:
        """Make the folder and remove the temporary files that crashed processes left there.

        Raises:
            OSError: the folder cannot be made or read.

        """
        self.path.mkdir(parents=True, exist_ok=True)
        abandoned = time.time() - ABANDONED_SECONDS
        for temporary in self.path.glob(TEMPORARY_GLOB):
            with contextlib.suppress(FileNotFoundError):  # another process was faster
                if temporary.stat().st_mtime < abandoned:
                    temporary.unlink()

    def add(self, content: bytes) -> Path:
        """Write ``content`` durably as a new file and return its path.

        The final name appears only once all of the content is on the disk. Blocks on the disk.

        Raises:
            OSError: nothing was written; what was begun is removed.

        """
        self.path.mkdir(parents=True, exist_ok=True)
        temporary = self.path / f".production_data_{uuid.uuid4().hex}.tmp"
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            final = self._publish(temporary)
        finally:
            # Failing to tidy up must not hide what failed before; prepare() removes the rest.
            with contextlib.suppress(OSError):
                temporary.unlink()
        self._sync_names()
        return final

    def since(self, moment: datetime) -> list[Path]:
        """List the files published at ``moment`` or later, by name."""
        first = f"production_data_{moment.astimezone(UTC):%Y%m%d_%H%M%S}"
        return sorted(
            path for path in self.path.glob("production_data_*.parquet") if path.name >= first
        )

    def _publish(self, temporary: Path) -> Path:
        stem = f"production_data_{self._now():%Y%m%d_%H%M%S}"
        taken = 0
        while True:
            final = self.path / (f"{stem}_{taken}.parquet" if taken else f"{stem}.parquet")
            try:
                os.link(temporary, final)
            except FileExistsError:
                taken += 1
            else:
                return final

    def _sync_names(self) -> None:
        """Bring the new name to the disk; the content already is there.

        A failure is let pass: the file is complete and visible, and to write the rows again
        would double them.
        """
        with contextlib.suppress(OSError):
            descriptor = os.open(self.path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
