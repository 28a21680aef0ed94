"""The folder of large files: the rows of a UTC day in few parts."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Final

import msgspec
import polars as pl

from capture.files import DAMAGED
from capture.folder import PREFIX
from capture.publishing import publish
from capture.tally import metadata_of, tally

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

logger = logging.getLogger(__name__)

SOURCES: Final = "dexwatch.sources"
"""Key, in a part's metadata, of the names of the capture files that it replaces."""


@dataclass(frozen=True, slots=True)
class DailyFolder:
    """Files ``production_data_YYYYMMDD[_<n>].parquet``, each a part of its day."""

    path: Path

    def add(self, day: date, rows: pl.DataFrame, sources: Sequence[str]) -> Path:
        """Write a part durably, with the counts of its rows, under a name of its own.

        Raises:
            OSError: nothing was written.

        """
        buffer = BytesIO()
        rows.write_parquet(
            buffer,
            compression="zstd",
            metadata={
                SOURCES: msgspec.json.encode(sources).decode(),
                **metadata_of(tally(rows)),
            },
        )
        return publish(buffer.getvalue(), self.path, f"{PREFIX}{day:%Y%m%d}")

    def parts(self, day: date | None = None) -> list[Path]:
        """List the parts of a day, or of all."""
        stem = f"{PREFIX}{day:%Y%m%d}" if day else PREFIX
        return sorted(self.path.glob(f"{stem}*.parquet"))

    def covered(self, day: date) -> set[str]:
        """Name the capture files whose rows the parts of a day hold, as far as they can be read."""
        return set[str]().union(*map(sources_of, self.parts(day)))

    def surely_covered(self, day: date) -> set[str]:
        """Name all capture files whose rows the parts of a day hold.

        Raises:
            OSError: a part cannot be read now, and may hold any.

        """
        return set[str]().union(*map(_sources_now, self.parts(day)))


def sources_of(part: Path) -> frozenset[str]:
    """Name the capture files whose rows a part holds; none when it cannot be read."""
    try:
        return _sources_now(part)
    except OSError as error:
        logger.warning("capture: %s cannot be read: %s", part.name, error)
        return frozenset()


def _sources_now(part: Path) -> frozenset[str]:
    """Name the capture files whose rows a part holds; none when it is damaged.

    Raises:
        OSError: it cannot be read now.

    """
    status = part.stat()
    try:
        return _sources_of(part, status.st_mtime_ns, status.st_size)
    except (msgspec.MsgspecError, *DAMAGED) as error:
        logger.warning("capture: %s cannot be read: %s", part.name, error)
        return frozenset()


@lru_cache(maxsize=1024)
def _sources_of(part: Path, modified: int, size: int) -> frozenset[str]:
    """Read what a part says; once, as a part never changes (``modified`` and ``size`` tell)."""
    del modified, size
    said = pl.read_parquet_metadata(part).get(SOURCES, "[]")
    return frozenset(msgspec.json.decode(said, type=list[str]))


def day_of(part: Path) -> date:
    """Tell from its name which day a part belongs to.

    Raises:
        ValueError: it is not named as one of ours.

    """
    return datetime.strptime(part.stem.removeprefix(PREFIX)[:8], "%Y%m%d").date()  # noqa: DTZ007  # a date has no zone
