"""Small files become daily ones; what is old or too much goes."""

from __future__ import annotations

import errno
import fcntl
import os
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from capture.archive import compaction, daily
from capture.archive.keeping import KEEPING_LOCK
from capture.columns import schema
from capture.folder import CaptureFolder
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from tests.unit.capture.archive.conftest import ArchiveBench

DAY = timedelta(days=1)


def _ids(path: Path) -> list[str]:
    return pl.read_parquet(path)["prediction_id"].to_list()


def _aged(path: Path, moment: datetime) -> None:
    os.utime(path, (moment.timestamp(), moment.timestamp()))


def test_a_day_that_is_over_becomes_one_file(bench: ArchiveBench, noon: datetime) -> None:
    """Its rows stand in one part, in their order and columns; the next day's files wait."""
    bench.add(noon, range(3))
    bench.add(noon, range(3, 5))
    bench.add(noon + DAY, range(5, 7))

    bench.archive().keep(noon + DAY + timedelta(hours=1))

    (part,) = bench.history.daily.parts()
    assert part.name == "production_data_20260130.parquet"
    assert _ids(part) == [f"p{i}" for i in range(5)]
    assert pl.read_parquet_schema(part) == schema(FEATURE_NAMES)
    assert (bench.events.files, bench.events.rows) == (2, 5)


def test_a_busy_day_is_written_in_parts(
    bench: ArchiveBench, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full part is written before its day is over; the rest follows when it is."""
    sizes = [bench.add(noon, [i]).stat().st_size for i in range(5)]
    monkeypatch.setattr(compaction, "PART_BYTES", max(sizes) + 1)

    bench.archive().keep(noon + timedelta(hours=1))
    assert len(bench.history.daily.parts()) == 2
    bench.archive().keep(noon + DAY)

    parts = [_ids(part) for part in bench.history.daily.parts()]
    assert sorted(parts) == [["p0", "p1"], ["p2", "p3"], ["p4"]]


def test_nothing_is_compacted_twice(bench: ArchiveBench, noon: datetime) -> None:
    """Again, with a late file and a row that stands in two of them: each row is in one part."""
    bench.add(noon, range(3))
    bench.archive().keep(noon + DAY)
    bench.archive().keep(noon + DAY)
    bench.add(noon, range(3, 5))  # the clock was set back
    bench.add(noon, range(4, 6))
    bench.archive().keep(noon + DAY)

    assert [_ids(part) for part in bench.history.daily.parts()] == [
        ["p0", "p1", "p2"],
        ["p3", "p4", "p5"],
    ]


def test_one_process_at_a_time(bench: ArchiveBench, noon: datetime) -> None:
    """While another keeps the same files nothing is done, and the next time it is."""
    bench.add(noon, [0])
    bench.history.daily.path.mkdir()
    with (bench.history.daily.path / KEEPING_LOCK).open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        bench.archive().keep(noon + DAY)
        assert bench.history.daily.parts() == []
    bench.archive().keep(noon + DAY)
    assert len(bench.history.daily.parts()) == 1


def test_a_fresh_file_waits(bench: ArchiveBench, noon: datetime) -> None:
    """A file written just before midnight has the time to get neighbours."""
    midnight = noon + timedelta(hours=12)
    bench.add(midnight - timedelta(seconds=1), [0])

    bench.archive().keep(midnight + timedelta(minutes=1))
    assert bench.history.daily.parts() == []
    bench.archive().keep(midnight + timedelta(minutes=3))
    assert len(bench.history.daily.parts()) == 1


def test_what_cannot_be_read_stays(bench: ArchiveBench, noon: datetime) -> None:
    """A damaged file does not keep the others from their part, and is not removed for it."""
    _aged(bench.add(noon, [0]), noon)
    damaged = CaptureFolder(bench.history.small.path, now=lambda: noon).add(b"no parquet")

    bench.archive(small_days=0).keep(noon + DAY)

    assert [_ids(part) for part in bench.history.daily.parts()] == [["p0"]]
    assert bench.history.small.files() == [damaged]


def test_a_day_with_a_part_that_cannot_be_read_now_waits(
    bench: ArchiveBench,
    noon: datetime,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing is compacted again meanwhile, other days go on, and that day does when it can."""
    bench.add(noon, [0])
    bench.archive().keep(noon + DAY)
    (first,) = bench.history.daily.parts()
    _aged(first, noon)  # what it said is not remembered
    bench.add(noon, [1])
    bench.add(noon + DAY, [2])
    read = pl.read_parquet_metadata

    def refuse(part: Path) -> dict[str, str]:
        if part == first:
            raise OSError(errno.EIO, "Input/output error")
        return read(part)

    monkeypatch.setattr(daily.pl, "read_parquet_metadata", refuse)
    bench.archive().keep(noon + 2 * DAY)
    assert [_ids(part) for part in bench.history.daily.parts()] == [["p0"], ["p2"]]
    assert "files of 2026-01-30 are compacted another time" in caplog.text

    monkeypatch.undo()
    bench.archive().keep(noon + 2 * DAY)
    assert sorted(_ids(part) for part in bench.history.daily.parts()) == [["p0"], ["p1"], ["p2"]]


def test_columns_of_another_version_get_a_part_of_their_own(
    bench: ArchiveBench, noon: datetime
) -> None:
    """A day in which the features changed is kept in a part for each set of columns."""
    first = bench.add(noon, [0])
    pl.read_parquet(bench.add(noon, [1])).drop("hp_ratio").write_parquet(first)

    bench.archive().keep(noon + DAY)

    widths = {pl.read_parquet(part).width for part in bench.history.daily.parts()}
    assert widths == {len(schema(FEATURE_NAMES)), len(schema(FEATURE_NAMES)) - 1}


def test_a_small_file_is_kept_for_its_time(bench: ArchiveBench, noon: datetime) -> None:
    """One that a daily file replaces goes after the stated time, one that none replaces stays."""
    now = noon + DAY
    old, young, today = (bench.add(at, [i]) for i, at in enumerate((noon, noon, now)))
    _aged(old, now - 3 * DAY)
    _aged(young, now - DAY)
    _aged(today, now - 3 * DAY)

    bench.archive(small_days=2).keep(now)

    assert bench.history.small.files() == [young, today]
    assert bench.events.removals == {"compacted": 1}
    assert bench.history.files(noon) == [*bench.history.daily.parts(), today]


def test_old_data_goes(bench: ArchiveBench, noon: datetime) -> None:
    """Daily files, and what was set aside, are removed when they are too old."""
    bench.add(noon, [0])
    bench.archive().keep(noon + DAY)
    (part,) = bench.history.daily.parts()
    aside = bench.root / "journal_set_aside" / "one.torn"
    aside.parent.mkdir()
    aside.write_bytes(b"torn")
    for path in (part, aside, *bench.history.small.files()):
        _aged(path, noon)

    bench.archive(days=10).keep(noon + 11 * DAY)

    assert not part.exists()
    assert not aside.exists()
    assert bench.events.removals == {"compacted": 1, "age": 2}
    assert bench.events.size == 0


def test_too_much_data_goes_oldest_first(bench: ArchiveBench, noon: datetime) -> None:
    """Copies go first, then the oldest; what is left is within the bound and counted."""
    files = [bench.add(noon + i * DAY, [i]) for i in range(4)]
    bench.archive().keep(noon + 4 * DAY)
    parts = bench.history.daily.parts()
    for i, path in enumerate([*parts, *files]):
        _aged(path, noon + i * timedelta(minutes=1))
    most = sum(part.stat().st_size for part in parts[2:]) + 1

    bench.archive(max_bytes=most, small_days=100).keep(noon + 4 * DAY)

    assert bench.history.daily.parts() == parts[2:]
    assert bench.history.small.files() == []
    assert bench.events.removals == {"compacted": 4, "size": 2}
    assert bench.events.size == most - 1
