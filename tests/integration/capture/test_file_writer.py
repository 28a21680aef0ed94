"""Files written by a process of their own: whoever is killed, each row is in a file once."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import psutil
import pytest

from capture.archive.history import CaptureHistory
from capture.counts import CountedEvents
from capture.file_writer import FileWriter
from capture.journal.place import JOURNAL_FOLDER, left_behind
from capture.journaled import JournaledCapture
from capture.parquet_sink import ParquetSink
from capture.prediction_id import new_prediction_id
from capture.record import CapturedPrediction
from config.settings import CaptureSettings
from features.contract import CONTRACT_VERSION, FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ASKED = """
import asyncio, os, sys
from pathlib import Path
from tests.integration.capture.test_file_writer import row, start
from capture.file_writer import FileWriter

async def main():
    data = Path(sys.argv[1])
    capture, _ = start(data, FileWriter(data, None))
    for _ in range(1_000_000):
        taken = row()
        await capture.append([taken])
        os.write(1, (taken.prediction_id + "\\n").encode())  # the answer
        await asyncio.sleep(0.005)

asyncio.run(main())
"""


def row() -> CapturedPrediction:
    """Make a row with an id of its own."""
    return CapturedPrediction(
        features=os.urandom(4 * len(FEATURE_NAMES)),
        prediction_id=new_prediction_id(),
        predicted_at=datetime.now(UTC),
        trace_id=None,
        model_version="v1",
        pokemon_a_id=1,
        pokemon_b_id=25,
        available_moves=["surf"],
        available_moves_b=None,
        recommended_move="surf",
        win_probability=0.5,
        win_probabilities=[0.5],
    )


def start(
    data: Path, writer: FileWriter | None, rows_per_file: int = 20
) -> tuple[JournaledCapture, CountedEvents]:
    """Start to capture, by way of the writer if there is one."""
    events = CountedEvents()
    sink = ParquetSink(CaptureHistory.of(data), FEATURE_NAMES, events, writer)
    capture = JournaledCapture.start(
        CaptureSettings(rows_per_file=rows_per_file),
        data,
        CONTRACT_VERSION,
        sink=sink,
        events=events,
        writer=writer,
        close_seconds=20,
    )
    return capture, events


def ids(data: Path) -> Counter[str]:
    """Count how often each prediction stands in the files."""
    files = (data / "production").glob("*.parquet")
    return Counter(name for file in files for name in pl.read_parquet(file)["prediction_id"])


def only_child() -> psutil.Process:
    """Give the writer's process."""
    (child,) = psutil.Process().children()
    return child


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[FileWriter]:
    """Give a writer into the test's folder."""
    made = FileWriter(tmp_path, None)
    yield made
    made.close()


async def test_another_process_writes_and_this_one_counts(
    tmp_path: Path, writer: FileWriter
) -> None:
    """Files of as many rows as they should have appear, and rows and files are counted here."""
    capture, events = start(tmp_path, writer)
    taken = [row() for _ in range(50)]
    await capture.append(taken)
    await capture.close()
    assert ids(tmp_path) == dict.fromkeys((one.prediction_id for one in taken), 1)
    assert (events.rows, events.files) == (50, 3)
    assert not list((tmp_path / "journal").iterdir())


async def test_a_killed_writer_costs_and_doubles_nothing(
    tmp_path: Path, writer: FileWriter
) -> None:
    """Killed at any moment, it is started anew, and each row is in a file and counted once."""
    capture, events = start(tmp_path, writer)
    taken: list[str] = []
    for _ in range(2):
        victim = only_child()
        while writer.journal is None or events.files * 20 + 400 > len(taken):
            batch = [row() for _ in range(20)]
            await capture.append(batch)
            taken += [one.prediction_id for one in batch]
            await asyncio.sleep(0.001)
        victim.kill()
        await _until(lambda: capture.pending_rows == 0)
    await capture.close()
    assert ids(tmp_path) == dict.fromkeys(taken, 1)
    assert events.rows == len(taken)


async def test_a_file_that_a_killed_writer_never_told_of_is_not_written_again(
    tmp_path: Path, writer: FileWriter
) -> None:
    """Rows that stand in a file when their writer is gone are counted, and left as they are."""
    taken = [row() for _ in range(20)]
    ParquetSink(CaptureHistory.of(tmp_path), FEATURE_NAMES, CountedEvents()).write(taken)
    capture, events = start(tmp_path, writer)
    victim = only_child()
    victim.suspend()
    await capture.append(taken)
    await asyncio.sleep(0.2)  # the batch is on its way by now
    victim.kill()
    await _until(lambda: capture.pending_rows == 0)
    await capture.close()
    assert ids(tmp_path) == dict.fromkeys((one.prediction_id for one in taken), 1)
    assert (events.rows, events.files) == (20, 0)


def test_nobody_takes_over_a_journal_whose_writer_may_still_write(tmp_path: Path) -> None:
    """The service is killed, its writer at work: the journal is free once the writer has ended."""
    said = tmp_path / "answered"
    with (
        said.open("w") as out,
        subprocess.Popen([sys.executable, "-c", ASKED, str(tmp_path)], stdout=out) as asked,
    ):
        deadline = time.monotonic() + 20
        while not list((tmp_path / "production").glob("*.parquet")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        (child,) = psutil.Process(asked.pid).children()
        child.suspend()
        asked.kill()
    answered = said.read_text().split()
    assert answered
    assert not list(left_behind(tmp_path / JOURNAL_FOLDER))
    child.send_signal(signal.SIGCONT)
    child.wait(10)

    async def recover() -> None:
        capture, _ = start(tmp_path, None, rows_per_file=1000)
        await capture.close()

    asyncio.run(recover())
    found = ids(tmp_path)
    assert set(answered) <= set(found)
    assert set(found.values()) == {1}
    assert not list((tmp_path / JOURNAL_FOLDER).iterdir())


async def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
