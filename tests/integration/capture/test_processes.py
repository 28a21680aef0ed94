"""Capture across processes: what other processes see, and what a full disk does."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import polars as pl

from capture.columns import schema

if TYPE_CHECKING:
    from pathlib import Path

NAMES = tuple(f"feature_{i}" for i in range(133))

COMMON = """
import asyncio, os, sys
from datetime import UTC, datetime
from pathlib import Path

from capture.counts import CountedEvents
from capture.archive.daily import DailyFolder
from capture.archive.history import CaptureHistory
from capture.folder import CaptureFolder
from capture.journaled import JournaledCapture
from capture.parquet_sink import ParquetSink
from capture.record import CapturedPrediction
from config.settings import CaptureSettings

NAMES = tuple(f"feature_{i}" for i in range(133))
AT = datetime(2026, 1, 30, 12, 47, 17, tzinfo=UTC)

def row(name):
    return CapturedPrediction(
        features=os.urandom(4 * 133), prediction_id=name, predicted_at=AT, trace_id=None,
        model_version="v1", pokemon_a_id=1, pokemon_b_id=25, available_moves=["surf"],
        available_moves_b=None, recommended_move="surf", win_probability=0.5,
        win_probabilities=[0.5],
    )
"""

MANY_FILES = """
async def main():
    events = CountedEvents()
    data = Path(sys.argv[1])
    folder = CaptureFolder(data / "production", now=lambda: AT)
    history = CaptureHistory(folder, DailyFolder(data / "production_daily"))
    capture = JournaledCapture.start(
        CaptureSettings(rows_per_file=20), data, "c1",
        sink=ParquetSink(history, NAMES, events), events=events, close_seconds=60,
    )
    for i in range(40):
        if i == 20:
            await asyncio.to_thread(sys.stdin.read)  # until the reader has seen half
        await capture.append([row(f"{sys.argv[2]}-{i}-{j}") for j in range(20)])
    await capture.close()
    assert events.rows == 800, events.drops

asyncio.run(main())
"""

FULL_DISK = """
import resource

async def until(holds):
    while not holds():
        await asyncio.sleep(0.005)

async def main():
    data = Path(sys.argv[1])
    events = CountedEvents()
    settings = CaptureSettings(rows_per_file=100, max_pending_rows=300)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, most))  # writes fail half way through
    capture = JournaledCapture.start(
        settings, data, "c1",
        sink=ParquetSink(CaptureHistory.of(data), NAMES, events), events=events,
    )
    await capture.append([row(f"p{i}") for i in range(100)])
    await until(lambda: capture.trouble)
    await capture.append([row(f"p{i}") for i in range(100, 500)])
    print(dict(events.drops), events.late, events.rows)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    await until(lambda: capture.pending_rows == 0)
    await capture.close()
    files = os.listdir(data / "production")
    print(dict(events.drops), events.rows, len(files), dict(events.damage))

asyncio.run(main())
"""

KILLED = """
async def main():
    data = Path(sys.argv[1])
    events = CountedEvents()
    # A busy disk is not what this is about: no answer leaves unprotected.
    capture = JournaledCapture.start(
        CaptureSettings(rows_per_file=50, journal_wait_seconds=30), data, "c1",
        sink=ParquetSink(CaptureHistory.of(data), NAMES, events), events=events,
    )
    async def asker(number):
        for i in range(1_000_000):
            name = f"{sys.argv[2]}-{number}-{i}"
            await capture.append([row(name)])
            os.write(1, (name + "\\n").encode())  # the answer
    await asyncio.gather(*(asker(number) for number in range(16)))

asyncio.run(main())
"""

RECOVERING = """
async def main():
    data = Path(sys.argv[1])
    events = CountedEvents()
    capture = JournaledCapture.start(
        CaptureSettings(rows_per_file=50), data, "c1",
        sink=ParquetSink(CaptureHistory.of(data), NAMES, events), events=events,
        close_seconds=30,
    )
    await capture.close()
    assert not list((data / "journal").glob("*/*.journal"))

asyncio.run(main())
"""


def test_readers_see_whole_files_of_all_writers(tmp_path: Path) -> None:
    """Three processes write forty files each under one second's name: none lost, none partial.

    A reader that looks all the while finds only files it can read, each under a name whose
    content never changes.
    """
    writers = [
        subprocess.Popen(  # runs the script above
            [sys.executable, "-c", COMMON + MANY_FILES, str(tmp_path), str(i)],
            stdin=subprocess.PIPE,
        )
        for i in range(3)
    ]
    folder = tmp_path / "production"
    seen: dict[str, list[str]] = {}
    while any([writer.poll() is None for writer in writers]):  # noqa: C419  # reap all
        for path in folder.glob("*.parquet"):
            frame = pl.read_parquet(path)
            assert frame.schema == schema(NAMES)
            rows = frame["prediction_id"].to_list()
            assert seen.setdefault(path.name, rows) == rows
        if len(seen) == 60:
            for writer in writers:
                assert writer.stdin is not None
                writer.stdin.close()

    assert [writer.returncode for writer in writers] == [0, 0, 0]
    files = sorted(folder.iterdir())
    assert len(files) == 120
    assert {path.suffix for path in files} == {".parquet"}
    rows = Counter(row for path in files for row in pl.read_parquet(path)["prediction_id"])
    assert len(rows) == 2400
    assert set(rows.values()) == {1}


def test_a_full_disk_is_outlived(tmp_path: Path) -> None:
    """Writes that stop half way leave no part; rows wait, the excess is counted, then all go on."""
    done = subprocess.run(  # runs the script above
        [sys.executable, "-c", COMMON + FULL_DISK, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.stdout.splitlines() == [
        "{'write_failed': 200} 300 0",
        "{'write_failed': 200} 300 3 {}",
    ]
    kept = [row for path in tmp_path.glob("production/*") for row in pl.read_parquet(path).rows()]
    assert len(kept) == 300


def test_killed_processes_lose_and_double_nothing(tmp_path: Path) -> None:
    """Kill -9 at random moments: each row that was taken is in a file after all, and once."""
    answered: list[str] = []
    for turn in range(5):
        with subprocess.Popen(  # runs the script above
            [sys.executable, "-c", COMMON + KILLED, str(tmp_path), str(turn)],
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            said = process.stdout.read(4096)
            time.sleep(random.uniform(0, 0.5))  # noqa: S311  # any moment will do
            process.kill()
            said += process.stdout.read()
        answered += said.decode().splitlines()
    subprocess.run(  # runs the script above
        [sys.executable, "-c", COMMON + RECOVERING, str(tmp_path)], check=True, timeout=60
    )

    written = Counter(
        name
        for path in tmp_path.glob("production/*.parquet")
        for name in pl.read_parquet(path)["prediction_id"]
    )
    assert len(answered) > 500
    assert set(answered) <= set(written), "acknowledged rows are missing"
    assert set(written.values()) == {1}
