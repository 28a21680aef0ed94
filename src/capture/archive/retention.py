"""How long captured data is kept, and how much of it: oldest first out."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

from capture.archive.daily import sources_of
from capture.folder import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from capture.archive.history import CaptureHistory
    from capture.interface import ArchiveEvents
    from config.settings import RetentionSettings


class Removal(StrEnum):
    """Why a file was removed."""

    COMPACTED = "compacted"
    """Its rows stand in a daily file, and the time, or the room, to keep it beside that is over."""
    AGE = "age"
    """It is older than data is kept."""
    SIZE = "size"
    """All files together hold more than they may, and its rows stand in no other."""


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    bytes: int
    modified: datetime


def retain(
    history: CaptureHistory,
    set_aside: Path,
    settings: RetentionSettings,
    events: ArchiveEvents,
    now: datetime,
) -> None:
    """Remove what need not, or cannot, be kept any longer.

    What is over the size goes in the order: small files that a daily one replaces, then the oldest
    of all. One process at a time.

    Raises:
        OSError: a file could not be removed; it is tried again the next time.

    """
    parts = [*_look(history.daily.parts())]
    names = history.small.names()
    aside = _look(set_aside.glob("*") if set_aside.is_dir() else ())
    # Parts of days of which no small file is left have nothing to say.
    oldest = next(iter(names), "~")[: len(PREFIX) + len("YYYYMMDD")]
    covered = set[str]().union(
        *(sources_of(part.path) for part in parts if part.path.name >= oldest)
    )
    single = _look(history.small.path / name for name in names if name not in covered)

    def replaced() -> Iterator[_File]:
        # They are too many to hold all of them: they are looked at again where there is no room.
        return _look(history.small.path / name for name in names if name in covered)

    small_until = now - timedelta(days=settings.small_days)
    small_bytes = sum(
        file.bytes for file in _remove_before(small_until, replaced(), Removal.COMPACTED, events)
    )
    old = sorted([*parts, *single, *aside], key=lambda file: file.modified)
    kept = [*_remove_before(now - timedelta(days=settings.days), old, Removal.AGE, events)]
    stored = small_bytes + sum(file.bytes for file in kept)
    removable = chain(
        ((file, Removal.COMPACTED) for file in replaced()),
        ((file, Removal.SIZE) for file in kept),
    )
    for file, removal in removable:
        if stored <= settings.max_bytes:
            break
        _remove(file, removal, events)
        stored -= file.bytes
    events.stored(stored, settings.max_bytes)


def _look(paths: Iterable[Path]) -> Iterator[_File]:
    for path in paths:
        with suppress(FileNotFoundError):  # a reader of ours never removes, but an operator may
            status = path.stat()
            modified = datetime.fromtimestamp(status.st_mtime, UTC)
            yield _File(path, status.st_size, modified)


def _remove_before(
    moment: datetime, files: Iterable[_File], removal: Removal, events: ArchiveEvents
) -> Iterator[_File]:
    """Remove the files that are older; give the others."""
    for file in files:
        if file.modified < moment:
            _remove(file, removal, events)
        else:
            yield file


def _remove(file: _File, removal: Removal, events: ArchiveEvents) -> None:
    file.path.unlink(missing_ok=True)
    events.removed(removal.value, file.bytes)
