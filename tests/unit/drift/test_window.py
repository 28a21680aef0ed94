"""Counts over a span, from what files say of themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.captured import captured

from capture.archive.compaction import compact
from capture.archive.history import CaptureHistory
from capture.columns import to_parquet
from capture.counts import CountedArchiveEvents
from capture.folder import CaptureFolder
from capture.tally import joined, tallies_of, tally
from drift.window import WindowReader
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from pathlib import Path

    from capture.record import CapturedPrediction

NOON = datetime(2026, 1, 30, 12, tzinfo=UTC)
EVER = datetime(2000, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def _row(moment: datetime, number: int, version: str) -> CapturedPrediction:
    features = np.random.default_rng(number).uniform(0, 20, len(FEATURE_NAMES))
    return captured(
        features=features.astype("<f4").tobytes(),
        prediction_id=f"{moment:%d%H%M%S}-{number}",
        predicted_at=moment,
        model_version=version,
        pokemon_a_id=number % 7,
    )


class Folder:
    """Capture files of chosen times."""

    def __init__(self, root: Path) -> None:
        self.history = CaptureHistory.of(root)

    def add(self, moment: datetime, rows: int, version: str = "v1") -> Path:
        """Write a small file."""
        content = to_parquet([_row(moment, each, version) for each in range(rows)], FEATURE_NAMES)
        return CaptureFolder(self.history.small.path, now=lambda: moment).add(content)

    def compact(self, now: datetime) -> None:
        """Write daily files."""
        compact(self.history.small, self.history.daily, CountedArchiveEvents(), now)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Give an empty folder."""
    return Folder(tmp_path)


def _rows(reader: WindowReader, rows: int, version: str = "v1", since: datetime = EVER) -> int:
    tally = reader.latest(version, rows, since).tally
    return tally.counts.rows if tally else 0


def test_the_latest_files_hold_the_window(folder: Folder) -> None:
    """As many as have the rows that are asked for, of the version that is asked for."""
    for minute in range(6):
        folder.add(NOON + timedelta(minutes=minute), 10, "v1" if minute < 4 else "v2")
    reader = WindowReader(folder.history)

    assert [_rows(reader, asked) for asked in (1, 10, 11, 40, 1_000)] == [10, 10, 20, 40, 40]
    assert _rows(reader, 1_000, "v2") == 20
    assert _rows(reader, 1_000, "v3") == 0
    window = reader.latest("v1", 11, EVER).tally
    assert window is not None
    assert (window.first, window.last) == (
        NOON + timedelta(minutes=2),
        NOON + timedelta(minutes=3),
    )


def test_old_files_are_left_out(folder: Folder) -> None:
    """A window ends at its age, however few rows there are."""
    folder.add(NOON, 10)
    folder.add(NOON + DAY, 5)
    assert _rows(WindowReader(folder.history), 1_000, since=NOON + HOUR) == 5


def test_daily_files_stand_in_for_small_ones_that_are_gone(folder: Folder) -> None:
    """And are not counted beside them."""
    paths = [folder.add(NOON + timedelta(minutes=minute), 10) for minute in range(3)]
    folder.compact(NOON + DAY)
    folder.add(NOON + DAY, 4)
    reader = WindowReader(folder.history)
    assert _rows(reader, 1_000) == 34
    for path in paths:
        path.unlink()
    assert _rows(WindowReader(folder.history), 1_000) == 34


def test_a_daily_file_carries_the_sum_of_its_sources(folder: Folder) -> None:
    """Its counts are what its small files' add up to, and what its rows come to."""
    small = [
        folder.add(NOON + timedelta(minutes=minute), 20, f"v{1 + minute % 2}")
        for minute in range(5)
    ]
    added = joined(found for path in small if (found := tallies_of(path)))

    folder.compact(NOON + DAY)

    (part,) = folder.history.daily.parts()
    assert tallies_of(part) == added == tally(pl.read_parquet(part))


def test_a_span_is_added_up_without_reading_rows(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what files say of themselves is read, and that only once."""
    for hour in range(4):
        folder.add(NOON + hour * HOUR, 10)
    monkeypatch.setattr(pl, "read_parquet", lambda *_: pytest.fail("rows were read"))
    reader = WindowReader(folder.history)

    found = reader.between("v1", NOON + HOUR, NOON + 2 * HOUR).tally
    monkeypatch.setattr(pl, "read_parquet_metadata", lambda *_: pytest.fail("read again"))
    again = reader.between("v1", NOON + HOUR, NOON + 2 * HOUR).tally

    assert found is not None
    assert found.counts.rows == 20
    assert again == found


def test_files_that_cannot_be_counted_are_told(folder: Folder) -> None:
    """They are skipped, and the rest is counted."""
    folder.add(NOON, 10)
    (folder.history.small.path / "production_data_20260130_130000.parquet").write_bytes(b"?")
    window = WindowReader(folder.history).latest("v1", 1_000, EVER)
    assert window.skipped == 1
    assert window.tally is not None
    assert window.tally.counts.rows == 10


def test_volume_is_the_last_hour_beside_the_median_of_the_day(folder: Folder) -> None:
    """Of the hours that have passed since the first prediction; early on nothing is usual."""
    reader = WindowReader(folder.history)
    assert reader.volume(NOON).usual is None
    for hour, rows in ((1, 7), (2, 5), (3, 9), (4, 30)):
        folder.add(NOON - hour * HOUR + timedelta(minutes=5), rows)
    early = reader.volume(NOON - 2 * HOUR)
    late = reader.volume(NOON)
    assert (early.last_hour, early.usual) == (9, None)
    assert (late.last_hour, late.usual) == (7, 9)
    assert late.ratio == pytest.approx(7 / 9)
    # After two hours of silence, over what is compacted meanwhile.
    folder.compact(NOON + DAY)
    silent = reader.volume(NOON + 2 * HOUR)
    assert (silent.last_hour, silent.usual) == (0, 7)


def test_two_versions_in_one_file_are_kept_apart(folder: Folder) -> None:
    """A file written while a model was promoted counts for both, each with its own rows."""
    rows = [_row(NOON, each, "v1") for each in range(3)]
    rows += [_row(NOON, each, "v2") for each in range(3, 8)]
    CaptureFolder(folder.history.small.path, now=lambda: NOON).add(to_parquet(rows, FEATURE_NAMES))
    reader = WindowReader(folder.history)
    assert [_rows(reader, 100, version) for version in ("v1", "v2")] == [3, 5]
