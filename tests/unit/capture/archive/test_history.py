"""Small and daily files are read as one."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import polars as pl
import pytest

from capture.archive.history import CaptureHistory
from capture.columns import to_parquet
from capture.counts import CountedEvents
from capture.folder import CaptureFolder
from capture.journal.appender import Position
from capture.journal.reader import JournalRow
from capture.parquet_sink import ParquetSink
from capture.prediction_id import new_prediction_id
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from tests.unit.capture.archive.conftest import ArchiveBench

    from capture.record import CapturedPrediction


def _rows(bench: ArchiveBench, count: int) -> list[CapturedPrediction]:
    """Rows that were predicted just now."""
    return [
        msgspec.structs.replace(
            row, prediction_id=new_prediction_id(), predicted_at=datetime.now(UTC)
        )
        for row in bench.predictions(count)
    ]


def _compacted(bench: ArchiveBench, *, removed: bool) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    bench.archive(small_days=0 if removed else 9).keep(later)


@pytest.mark.parametrize("removed", [False, True])
def test_predictions_are_found_by_id(bench: ArchiveBench, removed: bool) -> None:  # noqa: FBT001  # a parameter
    """In a daily file, in a small one, or in both: each row once; unknown ids find nothing."""
    old, new = _rows(bench, 3), _rows(bench, 2)
    earlier = datetime.now(UTC) - timedelta(minutes=1)
    CaptureFolder(bench.history.small.path, lambda: earlier).add(to_parquet(old, FEATURE_NAMES))
    _compacted(bench, removed=removed)
    bench.history.small.add(to_parquet(new, FEATURE_NAMES))

    asked = [row.prediction_id for row in (*old[1:], *new)]
    found = bench.history.find([*asked, new_prediction_id()])

    assert sorted(found["prediction_id"]) == sorted(asked)
    answered = {row.prediction_id: row.win_probability for row in (*old[1:], *new)}
    assert dict(found.select("prediction_id", "win_probability").iter_rows()) == answered


def test_the_nearest_files_are_read_first(
    bench: ArchiveBench, caplog: pytest.LogCaptureFixture
) -> None:
    """A new row is found without a look into older files, however many there are."""
    (row,) = _rows(bench, 1)
    earlier = datetime.now(UTC) - timedelta(minutes=1)
    CaptureFolder(bench.history.small.path, lambda: earlier).add(b"not to be read")
    bench.history.small.add(to_parquet([row], FEATURE_NAMES))

    assert bench.history.find([row.prediction_id]).height == 1
    assert caplog.records == []
    assert bench.history.find([new_prediction_id()]).height == 0
    assert "cannot be read" in caplog.text


def test_only_ids_of_ours_are_looked_for(bench: ArchiveBench) -> None:
    """Another text, or an id that holds no time, is an error."""
    with pytest.raises(ValueError, match="version 7"):
        bench.history.find([str(uuid.uuid4())])


def test_a_row_in_a_daily_file_is_not_written_again(bench: ArchiveBench) -> None:
    """What a late recovery finds in a journal is known by then from the daily file alone."""
    written, lost = _rows(bench, 2)
    bench.history.small.add(to_parquet([written], FEATURE_NAMES))
    _compacted(bench, removed=True)
    assert bench.history.small.files() == []

    sink = ParquetSink(bench.history, FEATURE_NAMES, CountedEvents())

    rows = [JournalRow(row, Position(1, number)) for number, row in enumerate((written, lost))]
    assert sink.missing("left", rows) == rows[1:]


def test_a_file_that_cannot_be_read_now_delays_rows(bench: ArchiveBench) -> None:
    """It may hold them, so nothing is written again until that can be told; damaged ones do not."""
    (row,) = _rows(bench, 1)
    rows = [JournalRow(row, Position(1, 0))]
    sink = ParquetSink(bench.history, FEATURE_NAMES, CountedEvents())
    bench.history.small.add(b"damaged")
    assert sink.missing("left", rows) == rows
    unreadable = bench.history.small.add(b"")
    unreadable.unlink()
    unreadable.symlink_to(unreadable)

    with pytest.raises(OSError, match=f"{unreadable.name} cannot be read"):
        sink.missing("left", rows)

    unreadable.unlink()
    bench.history.small.add(to_parquet([row], FEATURE_NAMES))
    assert sink.missing("left", rows) == []


def test_files_of_before_are_not_read(bench: ArchiveBench) -> None:
    """Only files that were published since are listed."""
    now = datetime.now(UTC)
    rows = to_parquet(_rows(bench, 1), FEATURE_NAMES)
    CaptureFolder(bench.history.small.path, now=lambda: now - timedelta(days=2)).add(rows)
    today = bench.history.small.add(rows)

    assert bench.history.files(now - timedelta(hours=1)) == [today]
    assert pl.read_parquet(today).height == 1


def test_no_name_comes_twice_when_the_clock_is_set_back(bench: ArchiveBench) -> None:
    """A new file does not take the name of one whose rows a daily file holds: it is another."""
    now = datetime.now(UTC)
    gone = [
        f"production_data_{now + timedelta(seconds=later):%Y%m%d_%H%M%S}.parquet"
        for later in range(5)
    ]
    history = CaptureHistory.of(bench.root)
    for moment in {now.date(), (now + timedelta(seconds=5)).date()}:
        content = to_parquet(_rows(bench, 1), FEATURE_NAMES)
        history.daily.add(moment, pl.read_parquet(content), gone)

    added = history.small.add(to_parquet(_rows(bench, 1), FEATURE_NAMES))

    assert added.name not in gone
    assert added.stem.removesuffix("_1") + ".parquet" in gone
    assert added in history.files(now - timedelta(minutes=1))
