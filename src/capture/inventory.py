"""What stands on the disk of captured predictions, for who wants to know how that is."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from capture.archive.compaction import SETTLED
from capture.archive.daily import day_of
from capture.archive.history import CaptureHistory
from capture.archive.keeping import SET_ASIDE_FOLDER
from capture.folder import published_at
from capture.journal.lookup import count_rows
from capture.journal.place import JOURNAL_FOLDER, HeldJournal, journals
from capture.journal.segment import segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class CapturedFiles:
    """Small and daily files."""

    small: int
    daily: int
    days: int
    """On which they were written."""
    bytes: int
    overdue: int
    """Small files of a day that is over which no daily file holds."""
    compacted_at: datetime | None
    """When the newest daily file was written."""

    @classmethod
    def of(cls, data_dir: Path, now: datetime) -> Self:
        """Look under the data folder."""
        history = CaptureHistory.of(data_dir)
        small, daily = history.small.files(), history.daily.parts()
        days = {path: day for path in small if (day := _small_day(path)) is not None}
        today = (now - SETTLED).astimezone(UTC).date()
        left = [path for path, day in days.items() if day < today]
        covered = set[str]().union(*(history.daily.covered(day) for day in {*days.values()}))
        newest = max((path.stat().st_mtime for path in daily), default=None)
        return cls(
            len(small),
            len(daily),
            len({*days.values(), *_daily_days(daily)}),
            _size([*small, *daily]),
            sum(path.name not in covered for path in left),
            None if newest is None else datetime.fromtimestamp(newest, UTC),
        )


@dataclass(frozen=True, slots=True)
class Journals:
    """Journals that a process holds, and those that none does."""

    held: int
    bytes: int
    """Of all of them; what is shipped goes a segment at a time."""
    left_behind: int
    rows_left: int
    """In those; some may stand in files already."""

    @classmethod
    def of(cls, data_dir: Path) -> Self:
        """Look under the data folder.

        Raises:
            OSError: a journal cannot be read.

        """
        all_of_them = journals(data_dir / JOURNAL_FOLDER)
        left = []
        for path in all_of_them:
            journal = HeldJournal.take_over(path)
            if journal is not None:
                journal.release()
                left.append(path)
        return cls(
            len(all_of_them) - len(left),
            sum(_size(segments(path)) for path in all_of_them),
            len(left),
            sum(count_rows(path) for path in left),
        )


@dataclass(frozen=True, slots=True)
class PartsSetAside:
    """What journals held beside sound rows."""

    parts: Mapping[str, int]
    """How many, by the damage."""
    bytes: int
    oldest: datetime | None

    @classmethod
    def of(cls, data_dir: Path) -> Self:
        """Look under the data folder."""
        folder = data_dir / SET_ASIDE_FOLDER
        paths = sorted(folder.glob("*.*")) if folder.is_dir() else []
        oldest = min((path.stat().st_mtime for path in paths), default=None)
        return cls(
            Counter(path.suffix.removeprefix(".") for path in paths),
            _size(paths),
            None if oldest is None else datetime.fromtimestamp(oldest, UTC),
        )


def _size(paths: Iterable[Path]) -> int:
    size = 0
    for path in paths:
        with suppress(FileNotFoundError):  # shipped, compacted or removed meanwhile
            size += path.stat().st_size
    return size


def _small_day(path: Path) -> date | None:
    with suppress(ValueError):
        return published_at(path.name).date()
    return None


def _daily_days(parts: Iterable[Path]) -> set[date]:
    days = set()
    for part in parts:
        with suppress(ValueError):
            days.add(day_of(part))
    return days
