"""An archive in a folder of the test's own, filled with small files of chosen times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from capture.archive.daily import DailyFolder
from capture.archive.history import CaptureHistory
from capture.archive.keeping import Archive
from capture.columns import to_parquet
from capture.counts import CountedArchiveEvents
from capture.folder import CaptureFolder
from config.settings import RetentionSettings
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from capture.record import CapturedPrediction


class ArchiveBench:
    """An archive, its counts, and what puts files into it."""

    def __init__(self, root: Path, predictions: Callable[..., list[CapturedPrediction]]) -> None:
        self.root = root
        self.predictions = predictions
        self.events = CountedArchiveEvents()

    @property
    def history(self) -> CaptureHistory:
        """The folders."""
        return CaptureHistory(
            CaptureFolder(self.root / "production"), DailyFolder(self.root / "production_daily")
        )

    def archive(self, **settings: float) -> Archive:
        """Give an archive that keeps what the settings say."""
        retention = RetentionSettings(**settings)  # type: ignore[arg-type]  # numbers all
        return Archive(self.history, self.root / "journal_set_aside", retention, self.events)

    def add(self, at: datetime, ids: Iterable[int]) -> Path:
        """Write a small file at a moment, with the rows of these numbers."""
        rows = [self.predictions(1, first=number)[0] for number in ids]
        content = to_parquet(rows, FEATURE_NAMES)
        return CaptureFolder(self.history.small.path, now=lambda: at).add(content)


@pytest.fixture
def bench(
    tmp_path: Path, make_predictions: Callable[..., list[CapturedPrediction]]
) -> ArchiveBench:
    """Give an empty archive."""
    return ArchiveBench(tmp_path, make_predictions)


@pytest.fixture
def noon() -> datetime:
    """Give a moment of a day."""
    return datetime(2026, 1, 30, 12, tzinfo=UTC)
