"""All that is done, again and again, to keep captured files in order."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from capture.archive.compaction import compact
from capture.archive.history import CaptureHistory
from capture.archive.retention import retain
from capture.publishing import remove_abandoned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from capture.interface import ArchiveEvents
    from config.settings import RetentionSettings

SET_ASIDE_FOLDER: Final = "journal_set_aside"
"""Its place under the data folder."""
KEEPING_LOCK: Final = ".keeping.lock"
"""Beside the daily files, which workers of several machines may share."""


@dataclass(frozen=True, slots=True)
class Archive:
    """The captured files under one data folder."""

    history: CaptureHistory
    set_aside: Path
    settings: RetentionSettings
    events: ArchiveEvents

    @classmethod
    def of(cls, data_dir: Path, settings: RetentionSettings, events: ArchiveEvents) -> Archive:
        """Find the folders under the data folder."""
        history = CaptureHistory.of(data_dir)
        return cls(history, data_dir / SET_ASIDE_FOLDER, settings, events)

    def keep(self, now: datetime) -> None:
        """Compact what is due, then remove what need not be kept, unless another process is at it.

        Raises:
            OSError: something could not be done now; what was done is sound.

        """
        with _alone(self.history.daily.path) as alone:
            if not alone:
                return
            for folder in (self.history.small.path, self.history.daily.path):
                if folder.is_dir():
                    remove_abandoned(folder)
            compact(self.history.small, self.history.daily, self.events, now)
            retain(self.history, self.set_aside, self.settings, self.events, now)


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Tell whether no other process is at it; none begins meanwhile.

    Raises:
        OSError: the folder cannot be written, or knows no locks.

    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / KEEPING_LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
