"""What one process's capture does with its rows, on a good disk, a dead one and a slow one."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import shutil
import threading
import time
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
import polars as pl
import pytest
from tests.waiting import ALLOWANCE_SECONDS, until

from capture import recovery
from capture.archive.daily import DailyFolder
from capture.archive.history import CaptureHistory
from capture.columns import schema
from capture.folder import CaptureFolder
from capture.journal import appender
from capture.journal.framing import frame
from capture.journal.place import HeldJournal
from capture.journal.segment import Header
from capture.journaled import JournaledCapture
from capture.parquet_sink import ParquetSink
from config.settings import CaptureSettings
from features.contract import CONTRACT_VERSION, FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from capture.counts import CountedEvents
    from capture.record import CapturedPrediction


class GatedFolder(CaptureFolder):
    """A folder on a disk that answers only while the gate is open."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.gate = threading.Event()
        self.reached = threading.Event()

    def add(self, content: bytes) -> Path:
        """Add a file once the gate opens."""
        self.reached.set()
        self.gate.wait()
        return super().add(content)


class OddFolder(CaptureFolder):
    """A folder that fails at first as nobody expects."""

    failed = False

    def names_since(self, moment: datetime) -> list[str]:
        """Fail once."""
        if not self.failed:
            self.failed = True
            raise RuntimeError("a fault of ours")
        return super().names_since(moment)


class FailingDisk:
    """A disk that takes no records while ``failing``, or takes them, fails and cuts nothing off."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, number: int, *, late: bool = False) -> None:
        self.failing = True
        error = OSError(number, os.strerror(number))
        write, cut = os.writev, os.ftruncate

        def writev(file: int, parts: list[bytes]) -> int:
            if not self.failing:
                return write(file, parts)
            if late:
                taken = write(file, parts)
                if parts[0].startswith(b"{"):  # a segment's header
                    return taken
            raise error

        def ftruncate(file: int, size: int) -> None:
            if self.failing and late:
                raise error
            cut(file, size)

        monkeypatch.setattr(appender.os, "writev", writev)
        monkeypatch.setattr(appender.os, "ftruncate", ftruncate)


class Bench:
    """A capture, what goes in and what came out."""

    def __init__(
        self,
        path: Path,
        events: CountedEvents,
        predictions: Callable[..., list[CapturedPrediction]],
    ) -> None:
        self.path = path
        self.events = events
        self.predictions = predictions

    def start(
        self,
        folder: CaptureFolder | None = None,
        close_seconds: float = 5.0,
        max_age_seconds: float = 60.0,
        journal_bytes: int = 2**30,
    ) -> JournaledCapture:
        """Start to capture, a thousand rows waiting at most."""
        settings = CaptureSettings(
            rows_per_file=100,
            max_age_seconds=max_age_seconds,
            max_pending_rows=1000,
            journal_max_bytes=journal_bytes,
            journal_segment_bytes=min(2**23, journal_bytes // 4),
        )
        history = CaptureHistory(
            folder or CaptureFolder(self.path), DailyFolder(self.path.parent / "daily")
        )
        return JournaledCapture.start(
            settings,
            self.path.parent,
            CONTRACT_VERSION,
            sink=ParquetSink(history, FEATURE_NAMES, self.events),
            events=self.events,
            close_seconds=close_seconds,
        )

    def journal(self) -> bytes:
        """Read all that stands in the journal."""
        folder = self.path.parent / "journal"
        return b"".join(path.read_bytes() for path in sorted(folder.glob("*/*.journal")))

    def files(self) -> list[Path]:
        """List the finished files as a reader's glob finds them, oldest first."""
        return sorted(self.path.glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)

    def ids(self) -> list[str]:
        """List the prediction ids of all files in the order of their writing."""
        return [row for path in self.files() for row in pl.read_parquet(path)["prediction_id"]]


@pytest.fixture
def bench(
    tmp_path: Path,
    events: CountedEvents,
    make_predictions: Callable[..., list[CapturedPrediction]],
) -> Bench:
    """Give a bench on a folder that is not there yet."""
    return Bench(tmp_path / "folder", events, make_predictions)


async def test_a_hundred_rows_are_one_file(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """The hundredth row brings a file with all of them, and the log says so, once."""
    caplog.set_level(logging.INFO)
    capture = bench.start()
    rows = bench.predictions(100)

    await capture.append(rows[:99])
    await asyncio.sleep(0.1)
    assert bench.files() == []
    assert bench.events.pending() == capture.pending_rows == 99

    await capture.append(rows[99:])
    await until(lambda: capture.pending_rows == 0)
    await capture.close()

    (path,) = bench.files()
    frame = pl.read_parquet(path)
    assert frame.schema == schema(FEATURE_NAMES)
    assert frame["prediction_id"].to_list() == [row.prediction_id for row in rows]
    assert (bench.events.rows, bench.events.files, bench.events.drops) == (100, 1, {})
    lines = [r.getMessage() for r in caplog.records if "production" in r.getMessage()]
    assert lines == [f"production data: 100 rows written to {path.name}"]


async def test_close_writes_the_rest(bench: Bench) -> None:
    """250 rows are two full files and, at the close, a third with the last fifty."""
    capture = bench.start()
    rows = bench.predictions(250)

    await capture.append(rows)
    await capture.close()

    assert [pl.read_parquet(path).height for path in bench.files()] == [100, 100, 50]
    assert bench.ids() == [row.prediction_id for row in rows]
    assert bench.events.files == 3


async def test_an_aged_row_is_written(bench: Bench) -> None:
    """Rows too few for a file are written once the oldest has waited long enough."""
    capture = bench.start(max_age_seconds=0.1)

    await capture.append(bench.predictions(3))
    await until(lambda: bench.events.rows == 3)
    await capture.append(bench.predictions(2, first=3))
    await until(lambda: bench.events.rows == 5)

    assert bench.ids() == [f"p{i}" for i in range(5)]
    await capture.close()


async def test_a_cancelled_close_still_writes(bench: Bench) -> None:
    """Cancelling the close loses nothing: the writing goes on, and a second close waits for it."""
    folder = GatedFolder(bench.path)
    capture = bench.start(folder)
    await capture.append(bench.predictions(30))
    closing = asyncio.create_task(capture.close())
    await asyncio.sleep(0.05)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing

    folder.gate.set()
    await capture.close()

    assert bench.ids() == [f"p{i}" for i in range(30)]
    assert bench.events.drops == {}


async def test_after_the_close_rows_are_counted(bench: Bench) -> None:
    """A row that comes after the close is a counted drop and no error."""
    capture = bench.start()
    await capture.close()

    await capture.append(bench.predictions(2))

    assert bench.events.drops == {"closed": 2}
    assert bench.files() == []


async def test_rows_are_in_the_journal_before_append_returns(bench: Bench) -> None:
    """Each row that was taken stands in the journal at once, and in no file yet."""
    capture = bench.start()

    for row in bench.predictions(5):
        await capture.append([row])
        assert row.prediction_id.encode() in bench.journal()

    assert bench.files() == []
    assert bench.events.late == 0
    await capture.close()
    assert bench.journal() == b""


async def test_a_slow_folder_holds_up_nobody(bench: Bench) -> None:
    """While the folder hangs all rows are taken into the journal, beyond any bound of memory."""
    folder = GatedFolder(bench.path)
    capture = bench.start(folder)
    rows = bench.predictions(1200)

    for row in rows:
        await asyncio.wait_for(capture.append([row]), ALLOWANCE_SECONDS)
    assert capture.pending_rows == 1200
    assert bench.events.drops == {}

    folder.gate.set()
    await until(lambda: capture.pending_rows == 0)
    await capture.close()
    assert bench.ids() == [row.prediction_id for row in rows]


async def test_a_failing_folder_is_tried_again(bench: Bench) -> None:
    """Rows wait out a failing folder in the journal, which is told while it lasts."""
    bench.path.write_bytes(b"a file where the folder should be")
    capture = bench.start()
    assert capture.trouble is None
    rows = bench.predictions(900)

    await capture.append(rows)
    await until(lambda: "files cannot be written" in (capture.trouble or ""))
    assert capture.pending_rows == 900

    bench.path.unlink()
    await until(lambda: capture.pending_rows == 0)
    assert capture.trouble is None
    await capture.close()
    assert bench.ids() == [row.prediction_id for row in rows]
    assert capture.trouble == "nothing is written any more"


async def test_what_a_close_could_not_ship_the_next_start_ships(bench: Bench) -> None:
    """A close on a failing folder ends in its time and loses nothing."""
    bench.path.write_bytes(b"a file where the folder should be")
    capture = bench.start(close_seconds=2)
    await capture.append(bench.predictions(250))
    began = time.monotonic()
    await capture.close()
    assert time.monotonic() - began < 2 + ALLOWANCE_SECONDS
    assert bench.events.drops == {}

    bench.path.unlink()
    again = bench.start()
    await until(lambda: bench.events.rows == 250)
    await again.close()
    assert bench.ids() == [f"p{i}" for i in range(250)]
    assert bench.events.recoveries == (250, 250)
    assert bench.journal() == b""


async def test_close_gives_up_on_a_hanging_folder(bench: Bench) -> None:
    """A close on a folder that never answers ends in its time; the rows stay in the journal."""
    folder = GatedFolder(bench.path)
    capture = bench.start(folder, close_seconds=0.2)
    await capture.append(bench.predictions(150))
    began = time.monotonic()

    await capture.close()
    await capture.close()

    assert time.monotonic() - began < 0.2 + ALLOWANCE_SECONDS
    assert bench.events.drops == {}
    assert bench.journal().count(b"prediction_id") == 150
    folder.gate.set()


async def test_a_failing_journal_drops_only_beyond_its_bound(bench: Bench) -> None:
    """Rows wait in memory for a journal that fails, the excess is counted, then all go on."""
    (bench.path.parent / "journal").write_bytes(b"a file where the folder should be")
    capture = bench.start()
    await capture.append(bench.predictions(100))
    await until(lambda: "journal cannot be written" in (capture.trouble or ""))
    assert bench.events.late == 100

    await capture.append(bench.predictions(1100, first=100))
    assert capture.pending_rows == 1000
    assert bench.events.drops == {"write_failed": 200}

    (bench.path.parent / "journal").unlink()
    await until(lambda: bench.events.rows == 1000)
    assert capture.trouble is None
    await capture.close()
    assert bench.ids() == [f"p{i}" for i in range(1000)]
    assert bench.events.late == 1000


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EIO, "write_failed"),
    ],
)
async def test_a_drop_is_counted_by_what_the_disk_says(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, number: int, reason: str
) -> None:
    """A full disk, or an account's full share of it, is told from one that fails."""
    disk = FailingDisk(monkeypatch, number)
    capture = bench.start()
    await capture.append(bench.predictions(100))
    await until(lambda: f"the journal cannot be written ({reason})" in (capture.trouble or ""))

    await capture.append(bench.predictions(1100, first=100))
    assert bench.events.drops == {reason: 200}

    disk.failing = False
    await until(lambda: bench.events.rows == 1000)
    await capture.close()
    assert bench.ids() == [f"p{i}" for i in range(1000)]
    assert bench.events.drops == {reason: 200}


async def test_a_drop_for_want_of_room_in_the_journal_is_told_from_a_full_disk(
    bench: Bench,
) -> None:
    """A journal as large as it may be takes rows again once some of its own are shipped."""
    folder = GatedFolder(bench.path)
    capture = bench.start(folder, journal_bytes=2**21)
    kept = 0
    while capture.trouble is None:
        await capture.append(bench.predictions(100, first=kept))
        kept += 100
    assert capture.trouble == "the journal cannot be written (journal_full)"

    await capture.append(bench.predictions(1000, first=kept))
    assert bench.events.drops == {"journal_full": 100}

    folder.gate.set()
    await until(lambda: capture.pending_rows == 0)
    await capture.close()
    assert bench.ids() == [f"p{i}" for i in range(kept + 900)]
    assert bench.events.drops == {"journal_full": 100}


async def test_a_failed_append_that_cannot_be_cut_off_doubles_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that it leaves in the journal are written once, by this process and by the next."""
    disk = FailingDisk(monkeypatch, errno.EIO, late=True)
    folder = GatedFolder(bench.path)
    capture = bench.start(folder)
    await capture.append(bench.predictions(150))
    await until(lambda: "journal cannot be written" in (capture.trouble or ""))
    disk.failing = False
    await until(lambda: capture.trouble is None)
    journal = bench.path.parent / "journal"
    (own,) = journal.iterdir()
    assert len([*own.glob("*.journal")]) > 1
    shutil.copytree(own, bench.path.parent / "left")
    folder.gate.set()
    await capture.close()
    assert bench.ids() == [f"p{i}" for i in range(150)]

    bench.files()[-1].unlink()
    left = (bench.path.parent / "left").rename(journal / "left")
    again = bench.start()
    await until(lambda: not left.exists())
    await again.close()
    assert bench.ids() == [f"p{i}" for i in range(150)]
    assert bench.events.recoveries == (150, 50)
    assert bench.events.damage == {}


async def test_a_close_counts_what_no_journal_holds(bench: Bench) -> None:
    """Rows that wait in memory at the end are lost, and counted."""
    (bench.path.parent / "journal").write_bytes(b"a file where the folder should be")
    capture = bench.start(close_seconds=2)
    await capture.append(bench.predictions(7))

    await capture.close()

    assert bench.events.drops == {"write_failed": 7}


async def test_an_unfit_row_is_set_aside(bench: Bench) -> None:
    """A row that does not fit the columns is kept aside; its neighbours are written."""
    capture = bench.start()
    rows = bench.predictions(100)
    rows[40] = msgspec.structs.replace(rows[40], features=b"short")
    rows[41] = msgspec.structs.replace(rows[41], pokemon_a_id=2**40)
    rows[42] = msgspec.structs.replace(rows[42], predicted_at=datetime(2026, 1, 1))  # noqa: DTZ001  # of no zone

    await capture.append(rows)
    await capture.append(bench.predictions(1, first=100))
    await capture.close()

    assert bench.ids() == [f"p{i}" for i in range(101) if i not in (40, 41, 42)]
    assert bench.events.damage == {"foreign": 3}
    assert len(list((bench.path.parent / "journal_set_aside").iterdir())) == 3


async def test_recovery_writes_no_row_twice(bench: Bench) -> None:
    """Rows of a journal left behind that a file holds already are not written again."""
    first = bench.start()
    await first.append(bench.predictions(150))
    await until(lambda: bench.events.rows == 100)
    (segment,) = (bench.path.parent / "journal").glob("*/*.journal")
    kept = segment.read_bytes()
    await first.close()
    left = bench.path.parent / "journal" / "left"
    left.mkdir()
    (left / "lock").touch()
    (left / segment.name).write_bytes(kept[:-3])

    second = bench.start()
    await until(lambda: not left.exists())
    await second.close()

    assert sorted(bench.ids()) == sorted(f"p{i}" for i in range(150))
    assert bench.events.recoveries == (149, 0)
    assert bench.events.damage == {"torn": 1}


def _left_behind(bench: Bench, records: list[bytes]) -> Path:
    """Leave a journal as a killed process does."""
    left = bench.path.parent / "journal" / "left"
    left.mkdir(parents=True)
    (left / "lock").touch()
    header = Header(journal="left", contract=CONTRACT_VERSION).encode()
    (left / "00000001.journal").write_bytes(header + b"".join(map(frame, records)))
    return left


async def test_nothing_that_a_journal_holds_ends_the_shipping(bench: Bench) -> None:
    """A sound record whose text is none, and a file that is no segment, are set aside."""
    records = [msgspec.msgpack.encode(row) for row in bench.predictions(3)]
    poison = records[1].replace(b"surf", b"\xff\xfe\xfd\xfc")
    left = _left_behind(bench, [records[0], poison, records[2]])
    (left / "notes.journal").write_bytes(b"of somebody")

    capture = bench.start()
    await until(lambda: not left.exists())
    await capture.append(bench.predictions(1, first=3))
    await capture.close()

    assert bench.ids() == ["p0", "p2", "p3"]
    assert bench.events.damage == {"foreign": 2}
    kept = (bench.path.parent / "journal_set_aside").iterdir()
    assert {path.read_bytes() for path in kept} == {poison, b"of somebody"}


async def test_a_journal_that_another_holds_is_recovered_once_it_is_let_go(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Rows of ours are written meanwhile; a look that fails is followed by another."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(recovery, "LOOK_SECONDS", 0.05)
    left = _left_behind(bench, [msgspec.msgpack.encode(row) for row in bench.predictions(250)])
    held = HeldJournal.take_over(left)
    assert held is not None
    capture = bench.start(OddFolder(bench.path))
    await capture.append(bench.predictions(100, first=250))
    await until(lambda: bench.events.rows == 100)
    assert left.exists()

    held.release()
    await until(lambda: not left.exists())
    assert capture.trouble is None
    await capture.append(bench.predictions(100, first=350))
    await until(lambda: bench.events.rows == 450)
    await capture.close()

    assert sorted(bench.ids()) == sorted(f"p{i}" for i in range(450))
    assert bench.events.recoveries == (250, 250)
    assert "journal left is recovered another time" in caplog.text


async def test_a_journal_that_cannot_be_read_holds_up_nobody(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Rows of ours are written meanwhile, and what it holds once the disk gives it."""
    monkeypatch.setattr(recovery, "LOOK_SECONDS", 0.05)
    left = _left_behind(bench, [msgspec.msgpack.encode(row) for row in bench.predictions(3)])
    segment, aside = left / "00000001.journal", bench.path.parent / "aside"
    segment.rename(aside)
    segment.symlink_to(bench.path.parent)  # no file, so that reading it is an error
    capture = bench.start()
    await capture.append(bench.predictions(100, first=3))
    await until(lambda: bench.events.rows == 100)
    assert "journal left cannot be read (Is a directory)" in caplog.text
    assert capture.trouble is None
    await until(lambda: bench.events.oldest() > 0.1)

    aside.replace(segment)
    await until(lambda: not left.exists())
    await until(lambda: bench.events.oldest() == 0)
    await capture.close()

    assert sorted(bench.ids()) == sorted(f"p{i}" for i in range(103))
    assert bench.events.recoveries == (3, 3)


async def test_an_unforeseen_failure_is_tried_again(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of ours is logged as one, and rows follow when it has passed."""
    left = _left_behind(bench, [msgspec.msgpack.encode(row) for row in bench.predictions(3)])

    capture = bench.start(OddFolder(bench.path))
    await until(lambda: not left.exists())
    assert capture.trouble is None
    await capture.close()

    assert bench.ids() == ["p0", "p1", "p2"]
    assert "a fault of ours" in caplog.text
