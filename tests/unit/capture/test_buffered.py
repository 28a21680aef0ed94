"""What one process's capture does with its rows, on a good disk, a dead one and a slow one."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from typing import TYPE_CHECKING

import msgspec
import polars as pl
import pytest

from capture.buffered import BufferedCapture
from capture.columns import schema
from capture.folder import CaptureFolder
from config.settings import CaptureSettings
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from capture.fakes import CountedEvents
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
    ) -> BufferedCapture:
        """Start to capture, a thousand rows waiting at most."""
        settings = CaptureSettings(
            rows_per_file=100, max_age_seconds=max_age_seconds, max_pending_rows=1000
        )
        folder = folder or CaptureFolder(self.path)
        return BufferedCapture.start(
            settings, folder, FEATURE_NAMES, self.events, close_seconds=close_seconds
        )

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


async def eventually(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something a thread brings about holds; the loop goes on meanwhile."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "did not come to hold in time"
        await asyncio.sleep(0.005)


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
    await eventually(lambda: capture.pending_rows == 0)
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
    await eventually(lambda: bench.events.rows == 3)
    await capture.append(bench.predictions(2, first=3))
    await eventually(lambda: bench.events.rows == 5)

    assert bench.ids() == [f"p{i}" for i in range(5)]
    await capture.close()


async def test_a_slow_disk_holds_up_nobody(bench: Bench) -> None:
    """While a write hangs the loop runs, rows are taken up to the bound, the rest is counted."""
    folder = GatedFolder(bench.path)
    capture = bench.start(folder)
    rows = bench.predictions(1200)

    await capture.append(rows[:100])
    await eventually(folder.reached.is_set)
    for row in rows[100:]:
        await asyncio.wait_for(capture.append([row]), timeout=1)
    assert capture.pending_rows == 1000
    assert bench.events.drops == {"buffer_full": 200}
    assert bench.events.rows == 0

    folder.gate.set()
    await capture.close()
    assert bench.ids() == [row.prediction_id for row in rows[:1000]]
    assert bench.events.rows == 1000


async def test_a_failing_disk_is_tried_again(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """Rows wait out a failing folder up to the bound; what does not fit counts as write_failed."""
    bench.path.write_bytes(b"a file where the folder should be")
    capture = bench.start()
    rows = bench.predictions(1200)

    await capture.append(rows[:100])
    await eventually(lambda: any("could not be written" in r.message for r in caplog.records))
    for start in range(100, 1200, 100):
        await capture.append(rows[start : start + 100])
    assert capture.pending_rows == 1000
    assert bench.events.drops == {"write_failed": 200}

    bench.path.unlink()
    await eventually(lambda: capture.pending_rows == 0)
    await capture.close()
    assert bench.ids() == [row.prediction_id for row in rows[:1000]]
    dropped = [r.getMessage() for r in caplog.records if "production" in r.getMessage()]
    assert dropped == [
        "production data: 100 rows dropped (write_failed)",
        "production data: 100 rows dropped (write_failed)",
    ], "once when the burst begins, once for the rest"


async def test_a_mended_disk_is_forgiven(bench: Bench) -> None:
    """Once writing works again a full buffer is called that, and not a failing disk."""
    bench.path.write_bytes(b"a file where the folder should be")
    folder = GatedFolder(bench.path)
    folder.gate.set()
    capture = bench.start(folder)
    await capture.append(bench.predictions(100))
    await eventually(folder.reached.is_set)
    bench.path.unlink()
    await eventually(lambda: capture.pending_rows == 0)

    folder.gate.clear()
    await capture.append(bench.predictions(1001))
    folder.gate.set()
    await capture.close()

    assert bench.events.drops == {"buffer_full": 1}


async def test_close_gives_up_on_a_failing_disk(bench: Bench) -> None:
    """A close on a failing disk ends in its time, and every row is counted as dropped."""
    bench.path.write_bytes(b"a file where the folder should be")
    capture = bench.start(close_seconds=0.3)
    await capture.append(bench.predictions(250))
    began = time.monotonic()

    await capture.close()

    assert time.monotonic() - began < 2
    assert sum(bench.events.drops.values()) == 250
    assert set(bench.events.drops) <= {"write_failed", "shutdown"}


async def test_close_gives_up_on_a_hanging_disk(bench: Bench) -> None:
    """A close on a disk that never answers ends in its time; its rows count once, as dropped."""
    folder = GatedFolder(bench.path)
    capture = bench.start(folder, close_seconds=0.2)
    await capture.append(bench.predictions(150))
    began = time.monotonic()

    await capture.close()
    await capture.close()

    assert time.monotonic() - began < 3
    assert bench.events.drops == {"shutdown": 150}
    folder.gate.set()


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


async def test_an_unfit_row_leaves_alone(bench: Bench) -> None:
    """A row that does not fit the columns is dropped and counted; its neighbours are written."""
    capture = bench.start()
    rows = bench.predictions(100)
    rows[40] = msgspec.structs.replace(rows[40], features=b"short")
    rows[41] = msgspec.structs.replace(rows[41], pokemon_a_id=2**40)

    await capture.append(rows)
    await capture.append(bench.predictions(1, first=100))
    await capture.close()

    assert bench.ids() == [f"p{i}" for i in range(101) if i not in (40, 41)]
    assert bench.events.drops == {"invalid": 2}


async def test_its_trouble_is_told_while_it_lasts(bench: Bench) -> None:
    """A disk that fails, a buffer that is full and a close are told; in health there is nothing."""
    bench.path.write_bytes(b"a file where the folder should be")
    capture = bench.start()
    assert capture.trouble is None
    await capture.append(bench.predictions(100))
    await eventually(lambda: capture.trouble == "files cannot be written")
    await capture.append(bench.predictions(900, first=100))
    assert "no room" in (capture.trouble or "")

    bench.path.unlink()
    await eventually(lambda: capture.trouble is None)
    await capture.close()
    assert capture.trouble == "nothing is written any more"
