"""All captured rows that stand in files, each once, whichever file holds them by now."""

from __future__ import annotations

import logging
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from capture.archive.daily import DailyFolder, day_of, sources_of
from capture.columns import IDENTIFYING
from capture.files import DAMAGED
from capture.folder import CaptureFolder
from capture.prediction_id import moment_of
from capture.publishing import write_over

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from capture.files import Write

logger = logging.getLogger(__name__)

SMALL_FOLDER: Final = "production"
DAILY_FOLDER: Final = "production_daily"
"""Their places under the data folder."""
CLOCK_SLACK: Final = timedelta(hours=1)
"""How much earlier than its rows a file may be named, should the clock have been set back."""
_SPANS: Final = 50_000
"""Files of which it is remembered between which ids they are: 25 MB at most."""


@dataclass(frozen=True, slots=True)
class CaptureHistory:
    """Reads small and daily files as one; new files are small."""

    small: CaptureFolder
    daily: DailyFolder

    @classmethod
    def of(cls, data_dir: Path) -> CaptureHistory:
        """Find the folders under the data folder."""
        daily = DailyFolder(data_dir / DAILY_FOLDER)
        return cls(CaptureFolder(data_dir / SMALL_FOLDER, used=daily.covered), daily)

    def add(self, write: Write, /) -> str:
        """Write a new small file durably; give its name.

        Raises:
            OSError: nothing was written.

        """
        return self.small.add(_content(write)).name

    def replace(self, name: str, write: Write, /) -> None:
        """Put another content into a small file, in one step.

        Raises:
            OSError: the file is as it was.

        """
        write_over(_content(write), self.small.path / name)

    def holders(self, ids: Collection[str], since: datetime, /) -> Mapping[str, set[str]]:
        """Give the names of the files that hold these predictions.

        A file that is damaged holds none.

        Raises:
            OSError: a file cannot be read now, or has just gone into a daily one.

        """
        wanted = sorted(ids)
        found: dict[str, set[str]] = defaultdict(set)
        for path in self.files(since):
            try:
                here = _within(wanted, path)
                held = set(_ids(path)) if here else set[str]()
            except DAMAGED as error:
                logger.warning("capture: %s cannot be read: %s", path.name, error)
                continue
            except OSError as error:  # it may hold some: to write these again would double them
                raise OSError(None, f"{path.name} cannot be read: {error}") from error
            for prediction_id in held.intersection(here):
                found[prediction_id].add(path.name)
        return found

    def files(self, since: datetime) -> list[Path]:
        """List the files that hold every row published at ``since`` or later, each row once."""
        # In this order: what is compacted meanwhile is then in both lists, and never in none.
        small = self.small.names_since(since)
        parts = [part for part in self.daily.parts() if _not_before(part, since)]
        covered = set[str]().union(*(sources_of(part) for part in parts))
        return [*parts, *(self.small.path / name for name in small if name not in covered)]

    def newest_first(self, since: datetime) -> Iterator[Path]:
        """Go through files with rows published at ``since`` or later, each row at most once.

        Small files come first, also those that a part covers, since parts are too large for whoever
        wants the last few rows; then parts of which no small file is left.
        """
        small = self.small.names_since(since)
        for name in reversed(small):
            yield self.small.path / name
        names = set(small)
        for part in reversed(self.daily.parts()):
            if _not_before(part, since) and not sources_of(part) & names:
                yield part

    def find(
        self, ids: Collection[str], columns: Sequence[str] = tuple(IDENTIFYING)
    ) -> pl.DataFrame:
        """Read the rows of these predictions, as far as they stand in files.

        Raises:
            ValueError: one is no id of a prediction.

        """
        wanted = sorted(set(ids))
        found = pl.DataFrame(schema={name: IDENTIFYING.get(name, pl.Float32()) for name in columns})
        for path in self._nearest_first(min(map(moment_of, wanted))):
            if found.height == len(wanted):
                break
            try:
                here = _within(wanted, path)
                rows = _rows(path, here, columns) if here else found.clear()
            except (OSError, *DAMAGED) as error:
                logger.warning("capture: %s cannot be read: %s", path.name, error)
                continue
            found = found.vstack(rows).unique("prediction_id", keep="first", maintain_order=True)
        return found

    def _nearest_first(self, made: datetime) -> Iterator[Path]:
        """Go through the files that may hold rows made at that moment or later.

        Most rows stand in a file that was published soon after they were made.
        """
        since = made - CLOCK_SLACK
        small = self.small.names_since(since)
        later = bisect_left(small, self.small.first_at(made).name)
        for name in small[later:]:
            yield self.small.path / name
        yield from (part for part in self.daily.parts() if _not_before(part, since))
        for name in reversed(small[:later]):
            yield self.small.path / name


def _rows(path: Path, ids: Sequence[str], columns: Sequence[str]) -> pl.DataFrame:
    wanted = pl.col("prediction_id").is_in(pl.Series(ids, dtype=pl.String()).implode())
    return pl.scan_parquet(path).filter(wanted).select(columns).collect()


def _within(ids: Sequence[str], path: Path) -> Sequence[str]:
    """Give those of the sorted ids that a file can have: both are ordered by time."""
    first, last = _span(str(path))
    return ids[bisect_left(ids, first) : bisect_right(ids, last)]


def _ids(path: Path) -> pl.Series:
    return pl.read_parquet(path, columns=["prediction_id"])["prediction_id"]


@lru_cache(maxsize=_SPANS)
def _span(path: str) -> tuple[str, str]:
    """Give the least and the greatest id in a file, which never gets others than it had.

    Remembered by its name: a ``Path`` would take as much again as all else.
    """
    ids = _ids(Path(path))
    return (str(ids.min()), str(ids.max())) if len(ids) else ("", "")


def _content(write: Write) -> bytes:
    buffer = BytesIO()
    write(buffer)
    return buffer.getvalue()


def _not_before(part: Path, moment: datetime) -> bool:
    try:
        return day_of(part) >= moment.astimezone(UTC).date()
    except ValueError:
        return False
