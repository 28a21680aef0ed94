"""Capture across processes: what other processes see, and what a full disk does."""

from __future__ import annotations

import subprocess
import sys
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

from capture.buffered import BufferedCapture
from capture.fakes import CountedEvents
from capture.folder import CaptureFolder
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
    folder = CaptureFolder(Path(sys.argv[1]), now=lambda: AT)
    capture = BufferedCapture.start(CaptureSettings(rows_per_file=20), folder, NAMES, events)
    for i in range(40):
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
    events = CountedEvents()
    settings = CaptureSettings(rows_per_file=100, max_pending_rows=300)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, most))  # writes fail half way through
    capture = BufferedCapture.start(settings, CaptureFolder(Path(sys.argv[1])), NAMES, events)
    await capture.append([row(f"p{i}") for i in range(100)])
    await until(lambda: capture._writer.failing)
    await capture.append([row(f"p{i}") for i in range(100, 500)])
    print(dict(events.drops), events.rows, sorted(os.listdir(sys.argv[1])))
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    await until(lambda: capture.pending_rows == 0)
    await capture.close()
    print(dict(events.drops), events.rows, len(os.listdir(sys.argv[1])))

asyncio.run(main())
"""


def test_readers_see_whole_files_of_all_writers(tmp_path: Path) -> None:
    """Three processes write forty files each under one second's name: none lost, none partial.

    A reader that looks all the while finds only files it can read, each under a name whose
    content never changes.
    """
    writers = [
        subprocess.Popen(  # runs the script above
            [sys.executable, "-c", COMMON + MANY_FILES, str(tmp_path), str(i)]
        )
        for i in range(3)
    ]
    seen: dict[str, list[str]] = {}
    looks = 0
    while any([writer.poll() is None for writer in writers]) or not looks:  # noqa: C419  # reap all
        for path in tmp_path.glob("*.parquet"):
            frame = pl.read_parquet(path)
            assert frame.schema == schema(NAMES)
            rows = frame["prediction_id"].to_list()
            assert seen.setdefault(path.name, rows) == rows
            looks += 1

    assert [writer.returncode for writer in writers] == [0, 0, 0]
    files = sorted(tmp_path.iterdir())
    assert len(files) == 120
    assert {path.suffix for path in files} == {".parquet"}
    rows = Counter(row for path in files for row in pl.read_parquet(path)["prediction_id"])
    assert len(rows) == 2400
    assert set(rows.values()) == {1}
    assert looks > len(files), "the reader did look while files were being written"


def test_a_full_disk_is_outlived(tmp_path: Path) -> None:
    """Writes that stop half way leave no file; rows wait, the excess is counted, then all go on."""
    done = subprocess.run(  # runs the script above
        [sys.executable, "-c", COMMON + FULL_DISK, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.stdout.splitlines() == [
        "{'write_failed': 200} 0 []",
        "{'write_failed': 200} 300 3",
    ]
    kept = [row for path in tmp_path.glob("*.parquet") for row in pl.read_parquet(path).rows()]
    assert len(kept) == 300
