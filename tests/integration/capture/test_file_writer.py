"""Files written by a process of their own: whoever is killed, each row is in a file once."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Never

import msgspec
import polars as pl
import psutil
import pytest
from tests.integration.capture.conftest import TrustingSink, make_rows
from tests.waiting import until, wait_for

from capture import file_writer
from capture.archive.history import CaptureHistory
from capture.counts import CountedEvents
from capture.file_writer import FileWriter
from capture.journal.place import JOURNAL_FOLDER, left_behind
from capture.journaled import JournaledCapture
from capture.parquet_sink import ParquetSink
from capture.record import CapturedPrediction
from config.settings import CaptureSettings
from features.contract import CONTRACT_VERSION, FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ASKED = """
import asyncio, os, sys
from pathlib import Path
from tests.integration.capture.test_file_writer import row, start
from capture.counts import CountedEvents
from capture.file_writer import FileWriter

async def main():
    data = Path(sys.argv[1])
    events = CountedEvents()
    capture = start(data, events, FileWriter(data, None, events))
    for _ in range(1_000_000):
        taken = row()
        await capture.append([taken])
        os.write(1, (taken.prediction_id + "\\n").encode())  # the answer
        await asyncio.sleep(0.005)

asyncio.run(main())
"""


def row() -> CapturedPrediction:
    """Make a row with an id of its own."""
    (made,) = make_rows(1)
    return made


def start(
    data: Path,
    events: CountedEvents,
    writer: FileWriter | None = None,
    *,
    rows_per_file: int = 20,
    sink_of: type[ParquetSink] = ParquetSink,
) -> JournaledCapture:
    """Start to capture, by way of the writer if there is one."""
    sink = sink_of(CaptureHistory.of(data), FEATURE_NAMES, events, writer)
    return JournaledCapture.start(
        # A busy disk is not what this is about: no answer leaves unprotected.
        CaptureSettings(rows_per_file=rows_per_file, journal_wait_seconds=30),
        data,
        CONTRACT_VERSION,
        sink=sink,
        events=events,
        writer=writer,
        close_seconds=20,
    )


def ids(data: Path) -> Counter[str]:
    """Count how often each prediction stands in the files."""
    files = (data / "production").glob("*.parquet")
    return Counter(name for file in files for name in pl.read_parquet(file)["prediction_id"])


def writers() -> list[psutil.Process]:
    """List the writers' processes; other tests may have left other children of ours."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):  # it ends, or has ended
            if "capture.writing" in child.cmdline():
                found.append(child)
    return found


async def only_child() -> psutil.Process:
    """Give the writer's process, once an earlier one that was killed is gone."""
    await until(lambda: len(writers()) == 1)
    return writers()[0]


@pytest.fixture
def events() -> CountedEvents:
    """Count what the test's parts tell."""
    return CountedEvents()


@pytest.fixture
def writer(tmp_path: Path, events: CountedEvents) -> Iterator[FileWriter]:
    """Give a writer into the test's folder."""
    made = FileWriter(tmp_path, None, events)
    yield made
    made.close()


async def test_another_process_writes_and_this_one_counts(
    tmp_path: Path, events: CountedEvents, writer: FileWriter
) -> None:
    """Files of as many rows as they should have appear, and rows and files are counted here."""
    capture = start(tmp_path, events, writer)
    taken = [row() for _ in range(50)]
    await capture.append(taken)
    await capture.close()
    assert ids(tmp_path) == dict.fromkeys((one.prediction_id for one in taken), 1)
    assert (events.rows, events.files) == (50, 3)
    assert not list((tmp_path / "journal").iterdir())


async def test_a_killed_writer_costs_and_doubles_nothing(
    tmp_path: Path, events: CountedEvents, writer: FileWriter
) -> None:
    """Killed at any moment, it is started anew, and each row is in a file and counted once."""
    capture = start(tmp_path, events, writer)
    taken: list[str] = []
    for _ in range(2):
        victim = await only_child()
        while writer.journal is None or events.files * 20 + 400 > len(taken):
            batch = [row() for _ in range(20)]
            await capture.append(batch)
            taken += [one.prediction_id for one in batch]
            await asyncio.sleep(0.001)
        victim.kill()
        await until(lambda: capture.pending_rows == 0)
    await capture.close()
    assert ids(tmp_path) == dict.fromkeys(taken, 1)
    assert (events.rows, events.restarts) == (len(taken), 2)


async def test_a_file_that_a_killed_writer_never_told_of_is_not_written_again(
    tmp_path: Path, events: CountedEvents, writer: FileWriter
) -> None:
    """Rows that stand in a file when their writer is gone are counted, and left as they are."""
    taken = [row() for _ in range(20)]
    ParquetSink(CaptureHistory.of(tmp_path), FEATURE_NAMES, CountedEvents()).write(taken)
    capture = start(tmp_path, events, writer)
    victim = await only_child()
    victim.suspend()
    await capture.append(taken)
    await asyncio.sleep(0.2)  # the batch is on its way by now
    victim.kill()
    await until(lambda: capture.pending_rows == 0)
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
        wait_for(lambda: list((tmp_path / "production").glob("*.parquet")))
        (child,) = psutil.Process(asked.pid).children()
        child.suspend()
        asked.kill()
    answered = said.read_text().split()
    assert answered
    assert not list(left_behind(tmp_path / JOURNAL_FOLDER))
    child.send_signal(signal.SIGCONT)
    child.wait(10)

    async def recover() -> None:
        capture = start(tmp_path, CountedEvents(), rows_per_file=1000)
        await capture.close()

    asyncio.run(recover())
    found = ids(tmp_path)
    assert set(answered) <= set(found)
    assert set(found.values()) == {1}
    assert not list((tmp_path / JOURNAL_FOLDER).iterdir())


async def test_a_writer_that_hangs_is_ended_and_its_rows_are_written_once(
    tmp_path: Path, events: CountedEvents
) -> None:
    """Stopped before or in the middle of its work, it is killed in time; both are counted."""
    writer = FileWriter(tmp_path, None, events, answer_seconds=10)  # a start may take some
    capture = start(tmp_path, events, writer)
    taken = [row() for _ in range(40)]
    await capture.append(taken[:20])
    await until(lambda: events.files == 1)
    (await only_child()).suspend()
    await capture.append(taken[20:])
    await until(lambda: capture.pending_rows == 0)
    (await only_child()).suspend()
    await capture.close()
    writer.close()
    await until(lambda: not writers())
    assert ids(tmp_path) == dict.fromkeys((one.prediction_id for one in taken), 1)
    assert events.rows == 40
    assert events.restarts >= 1  # more where even a start takes too long


async def test_who_waits_for_a_writer_that_is_closed_learns_of_it(
    tmp_path: Path, events: CountedEvents
) -> None:
    """A stop whose time is over closes it from another thread, in the middle of its work."""
    writer = FileWriter(tmp_path, None, events)
    other_end, lock = os.pipe()
    writer.hold("a journal", lock)
    assert writer.add([row()])
    child = await only_child()
    child.suspend()
    waiting = asyncio.create_task(asyncio.to_thread(writer.add, [row()]))
    await asyncio.sleep(1)  # it is on its way by now
    await asyncio.to_thread(writer.close)
    with pytest.raises(OSError, match="what writes files has ended"):
        await waiting
    for descriptor in (other_end, lock):
        os.close(descriptor)
    await until(lambda: not writers())


async def test_a_writer_that_cannot_be_started_is_tried_again(
    tmp_path: Path, events: CountedEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no room for another process, that costs neither rows nor descriptors."""
    writer = FileWriter(tmp_path, None, events)
    other_end, lock = os.pipe()
    writer.hold("a journal", lock)
    (await only_child()).kill()
    with pytest.raises(OSError, match="what writes files has ended"):
        await asyncio.to_thread(writer.add, [row()])
    before = psutil.Process().num_fds()
    with monkeypatch.context() as full:
        full.setattr(file_writer.subprocess, "Popen", _no_room)
        for _ in range(3):
            with pytest.raises(BlockingIOError):
                writer.add([row()])
    assert psutil.Process().num_fds() <= before
    assert await asyncio.to_thread(writer.add, [row()])
    writer.close()
    for descriptor in (other_end, lock):
        os.close(descriptor)
    await until(lambda: not writers())


def _no_room(*_: object, **__: object) -> Never:
    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))


async def test_who_closes_a_writer_need_not_wait_until_it_is_gone(
    tmp_path: Path, events: CountedEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where ending it takes long, it is taken off the list of processes once it has ended."""
    writer = FileWriter(tmp_path, None, events)
    child = await only_child()
    monkeypatch.setattr(file_writer, "CLOSE_SECONDS", 0.0)
    writer.close()
    await until(lambda: not psutil.pid_exists(child.pid))


def _policies(process: psutil.Process) -> set[int]:
    return {os.sched_getscheduler(thread.id) for thread in process.threads()}


async def test_files_are_less_urgent_than_answers_until_many_rows_wait(
    tmp_path: Path, events: CountedEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer as urgent as we are takes over, and gives way again after a calm."""
    monkeypatch.setattr(file_writer, "MANY_ROWS", 100)
    monkeypatch.setattr(file_writer, "CALM_SECONDS", 5.0)
    writer = FileWriter(tmp_path, None, events)
    capture = start(tmp_path, events, writer)
    first = await only_child()
    # From elsewhere it would not give way: sessions share the processor before processes do.
    assert os.getsid(first.pid) == os.getsid(0)
    taken = [row() for _ in range(20)]
    await capture.append(taken)
    await until(lambda: capture.pending_rows == 0)
    assert await only_child() == first
    assert _policies(first) == {os.SCHED_IDLE}
    many = [row() for _ in range(400)]
    await capture.append(many)
    await until(lambda: capture.pending_rows == 0)
    urgent = await only_child()
    assert urgent != first
    assert _policies(urgent) == {os.SCHED_OTHER}
    await asyncio.sleep(file_writer.CALM_SECONDS)
    last = [row() for _ in range(20)]
    await capture.append(last)
    await until(lambda: capture.pending_rows == 0)
    assert _policies(await only_child()) == {os.SCHED_IDLE}
    await capture.close()
    writer.close()
    assert ids(tmp_path) == dict.fromkeys((one.prediction_id for one in (*taken, *many, *last)), 1)
    assert (events.rows, events.restarts) == (440, 0)


@pytest.mark.parametrize("beside", [True, False])
async def test_rows_that_nothing_can_write_are_set_aside_and_stop_nothing(
    tmp_path: Path,
    events: CountedEvents,
    writer: FileWriter,
    beside: bool,  # noqa: FBT001  # a parameter of the test
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The others of their batch are in a file; the log says why, whoever writes."""
    capture = start(tmp_path, events, writer if beside else None, sink_of=TrustingSink)
    taken = [row() for _ in range(40)]
    taken[7] = msgspec.structs.replace(taken[7], features=b"short")
    await capture.append(taken)
    await until(lambda: capture.pending_rows == 0)
    await capture.close()
    sound = [one.prediction_id for one in taken if one is not taken[7]]
    assert ids(tmp_path) == dict.fromkeys(sound, 1)
    assert (events.rows, events.restarts) == (39, 0)
    assert events.damage == {"unwritable": 1}
    (kept,) = (tmp_path / "journal_set_aside").iterdir()
    assert msgspec.msgpack.decode(kept.read_bytes(), type=CapturedPrediction) == taken[7]
    (said,) = (record for record in caplog.records if record.levelname == "ERROR")
    assert said.getMessage() == "capture: 1 of 20 rows cannot be written and are set aside"
    assert "does not hold 133 features" in (said.exc_text or "")


async def test_what_a_writer_says_before_it_ends_is_in_our_log(
    tmp_path: Path,
    events: CountedEvents,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """And nowhere else: lines of a service's log are JSON."""
    monkeypatch.setenv("PYTHONHOME", str(tmp_path / "nowhere"))
    writer = FileWriter(tmp_path, None, events)
    monkeypatch.delenv("PYTHONHOME")
    capture = start(tmp_path, events, writer)
    await capture.append([row() for _ in range(20)])
    await until(lambda: capture.pending_rows == 0)
    await capture.close()
    writer.close()
    (said,) = (record for record in caplog.records if record.levelname == "ERROR")
    assert said.getMessage() == "capture: what writes files ended with status 1 and is started anew"
    assert "Fatal Python error" in vars(said)["said"]
    assert "Fatal Python error" not in "".join(capfd.readouterr())
    assert (events.rows, events.restarts) == (20, 1)
