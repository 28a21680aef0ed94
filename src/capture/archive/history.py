"""All captured rows that stand in files, each once, whichever file holds them by now."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from capture.archive.daily import DailyFolder, day_of, sources_of
from capture.columns import IDENTIFYING
from capture.folder import CaptureFolder
from capture.prediction_id import moment_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

logger = logging.getLogger(__name__)

SMALL_FOLDER: Final = "production"
DAILY_FOLDER: Final = "production_daily"
"""Their places under the data folder."""
CLOCK_SLACK: Final = timedelta(hours=1)
"""How much earlier than its rows a file may be named, should the clock have been set back."""


@dataclass(frozen=True, slots=True)
class CaptureHistory:
    """Reads small and daily files as one."""

    small: CaptureFolder
    daily: DailyFolder

    @classmethod
    def of(cls, data_dir: Path) -> CaptureHistory:
        """Find the folders under the data folder."""
        daily = DailyFolder(data_dir / DAILY_FOLDER)
        return cls(CaptureFolder(data_dir / SMALL_FOLDER, used=daily.covered), daily)

    def files(self, since: datetime) -> list[Path]:
        """List the files that hold every row published at ``since`` or later, each row once."""
        # In this order: what is compacted meanwhile is then in both lists, and never in none.
        small = self.small.since(since)
        parts = [part for part in self.daily.parts() if _not_before(part, since)]
        covered = set[str]().union(*(sources_of(part) for part in parts))
        return [*parts, *(path for path in small if path.name not in covered)]

    def find(
        self, ids: Collection[str], columns: Sequence[str] = tuple(IDENTIFYING)
    ) -> pl.DataFrame:
        """Read the rows of these predictions, as far as they stand in files.

        Raises:
            ValueError: one is no id of a prediction.

        """
        since = min(map(moment_of, ids)) - CLOCK_SLACK
        wanted = pl.Series(ids).implode()
        found = pl.DataFrame(schema={name: IDENTIFYING.get(name, pl.Float32()) for name in columns})
        for path in self.files(since):
            if found.height == len(ids):
                break
            try:
                rows = (
                    pl.scan_parquet(path)
                    .filter(pl.col("prediction_id").is_in(wanted))
                    .select(columns)
                    .collect()
                )
            except (OSError, pl.exceptions.PolarsError) as error:
                logger.warning("capture: %s cannot be read: %s", path.name, error)
                continue
            found.vstack(rows, in_place=True)
        return found.unique("prediction_id", keep="first", maintain_order=True)


def _not_before(part: Path, moment: datetime) -> bool:
    try:
        return day_of(part) >= moment.astimezone(UTC).date()
    except ValueError:
        return False
