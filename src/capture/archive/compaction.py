"""Many small capture files into few large ones, each prediction once.

A part states which files it replaces, and appears in one step with that statement. A crash thus
leaves either the part or the files to do again, and nothing is ever in two parts: while a part of a
day cannot be read, what it replaces is not known, and that day waits.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from capture.files import DAMAGED
from capture.folder import published_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from capture.archive.daily import DailyFolder
    from capture.folder import CaptureFolder
    from capture.interface import ArchiveEvents

logger = logging.getLogger(__name__)

PART_BYTES: Final = 32 * 2**20
"""Of the small files in a part that is written before its day is over. A compaction holds six times
as much in memory."""
SETTLED: Final = timedelta(minutes=2)
"""A file of this age has its rows and its neighbours."""


def compact(small: CaptureFolder, daily: DailyFolder, events: ArchiveEvents, now: datetime) -> None:
    """Write the parts that are due: full ones of today, and whatever is left of earlier days.

    One process at a time.

    Raises:
        OSError: a part could not be written; the rest is done the next time.

    """
    waiting: dict[date, list[str]] = defaultdict(list)
    for name in small.names():
        published = _published_at(name)
        if published is not None and published < now - SETTLED:
            waiting[published.date()].append(name)
    for day, names in waiting.items():
        try:
            covered = daily.surely_covered(day)
        except OSError as error:
            logger.warning("capture: files of %s are compacted another time: %s", day, error)
            continue
        left = [small.path / name for name in names if name not in covered]
        over = day < (now - SETTLED).astimezone(UTC).date()
        for group, full in _divided(left):
            if full or over:
                _write_parts(daily, day, group, events)


def _write_parts(
    daily: DailyFolder, day: date, files: Sequence[Path], events: ArchiveEvents
) -> None:
    """Write the rows of these files, in a part for each set of columns that they have."""
    alike: dict[tuple[tuple[str, pl.DataType], ...], list[tuple[Path, pl.DataFrame]]] = defaultdict(
        list
    )
    for path in files:
        try:
            rows = pl.read_parquet(path)
        except (OSError, *DAMAGED) as error:
            logger.warning("capture: %s cannot be read and is left as it is: %s", path.name, error)
            continue
        alike[tuple(rows.schema.items())].append((path, rows))
    for found in alike.values():
        together = (
            pl.concat([rows for _, rows in found])
            .unique("prediction_id", keep="first", maintain_order=True)
            .sort("predicted_at", maintain_order=True)
        )
        part = daily.add(day, together, [path.name for path, _ in found])
        events.compacted(len(found), together.height)
        logger.info(
            "capture: %d files with %d rows of %s compacted into one",
            len(found),
            together.height,
            day,
            extra={"files": len(found), "rows": together.height, "file": part.name},
        )


def _published_at(name: str) -> datetime | None:
    try:
        return published_at(name)
    except ValueError:
        return None


def _divided(paths: Sequence[Path]) -> Iterator[tuple[Sequence[Path], bool]]:
    """Divide small files into those of a part each, and tell whether it is a full one."""
    group: list[Path] = []
    size = 0
    for path in paths:
        group.append(path)
        with suppress(OSError):  # whoever reads it says what is wrong with it
            size += path.stat().st_size
        if size >= PART_BYTES:
            yield group, True
            group, size = [], 0
    if group:
        yield group, False
