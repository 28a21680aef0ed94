"""A journal whose disk does not answer: every call into it stays where it is.

A named pipe that nobody reads stands in for such a disk: opening it to write never returns.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

import polars as pl
from tests.waiting import ALLOWANCE_SECONDS, until

from capture.archive.history import CaptureHistory
from capture.journaled import JournaledCapture
from capture.parquet_sink import ParquetSink
from config.settings import CaptureSettings
from features.contract import CONTRACT_VERSION, FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from capture.counts import CountedEvents
    from capture.record import CapturedPrediction

WAIT_SECONDS = 0.1
MOST = 200


async def test_answers_leave_while_the_journal_hangs(
    tmp_path: Path,
    events: CountedEvents,
    make_predictions: Callable[..., list[CapturedPrediction]],
) -> None:
    """Each waits for its time and leaves; rows wait up to the bound, beyond it they are counted.

    A stop does not wait for the disk either, and what was safe before is in a file.
    """
    settings = CaptureSettings(
        journal_segment_bytes=1,  # the second append begins a second segment
        journal_wait_seconds=WAIT_SECONDS,
        max_pending_rows=MOST,
    )
    capture = JournaledCapture.start(
        settings,
        tmp_path,
        CONTRACT_VERSION,
        sink=ParquetSink(CaptureHistory.of(tmp_path), FEATURE_NAMES, events),
        events=events,
        close_seconds=0.4,
    )
    rows = make_predictions(MOST + 50)
    await capture.append(rows[:1])
    await until(lambda: list(tmp_path.glob("journal/*/00000001.journal")))
    (journal,) = (tmp_path / "journal").iterdir()
    disk = journal / "00000002.journal"
    os.mkfifo(disk)
    late = events.late

    began = time.monotonic()
    await asyncio.gather(*(capture.append([row]) for row in rows[1:101]))
    assert WAIT_SECONDS <= time.monotonic() - began < WAIT_SECONDS + ALLOWANCE_SECONDS
    assert events.late == late + 100
    assert events.drops == {}
    assert capture.trouble is None

    await capture.append(rows[101:])
    assert events.drops == {"buffer_full": len(rows) - 1 - MOST}
    assert capture.pending_rows == 1 + MOST
    assert capture.trouble == "there is no room for more rows, which are dropped"

    began = time.monotonic()
    await capture.close()
    assert time.monotonic() - began < 0.4 + ALLOWANCE_SECONDS
    assert events.drops["shutdown"] == MOST
    files = CaptureHistory.of(tmp_path).small.files
    await until(files)
    (file,) = files()
    assert pl.read_parquet(file)["prediction_id"].to_list() == [rows[0].prediction_id]
    os.close(os.open(disk, os.O_RDONLY | os.O_NONBLOCK))  # lets the thread go
