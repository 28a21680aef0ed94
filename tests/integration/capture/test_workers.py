"""Several workers on one stream: killed, stopped, and fed with poison."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import msgspec
import pytest
from tests.integration.capture.conftest import (
    FailingSink,
    TrustingSink,
    make_rows,
    same,
)
from tests.waiting import wait_for

from capture.counts import CountedEvents, CountedStreamEvents
from capture.pipeline import captured_files
from capture.streams.entry import encode
from capture.streams.group import WorkerGroup
from capture.streams.scripts import dead_key
from features.contract import CONTRACT_VERSION, FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.capture.conftest import StreamBench

    from capture.record import CapturedPrediction

WORKER: Final = """
import os, signal, sys

import msgspec
from opentelemetry.trace import NoOpTracer

from capture.counts import CountedEvents, CountedStreamEvents
from capture.parquet_sink import ParquetSink
from capture.pipeline import captured_files
from capture.streams.consumer import StreamConsumer
from config.settings import Settings
from features.contract import FEATURE_NAMES

settings = msgspec.json.decode(sys.argv[1], type=Settings, dec_hook=lambda kind, value: kind(value))
number, moment = signal.Signals(int(sys.argv[2])), sys.argv[3]

class Interrupted(ParquetSink):
    def write(self, batch):
        if moment == "before":
            os.kill(os.getpid(), number)
        name = super().write(batch)
        if moment == "after":
            os.kill(os.getpid(), number)
        return name

sink = Interrupted(captured_files(settings), FEATURE_NAMES, CountedEvents())
events = CountedStreamEvents()
consumer = StreamConsumer(settings.stream, settings.capture, sink, events, NoOpTracer())
for ending in (signal.SIGTERM, signal.SIGINT):
    signal.signal(ending, lambda *_: consumer.stop())
consumer.run()
print(events.doubled)
"""
"""A worker that signals itself at its first file, before or after writing it."""


@contextmanager
def _interrupted(
    bench: StreamBench, number: signal.Signals, moment: str
) -> Iterator[subprocess.Popen[str]]:
    settings = msgspec.json.encode(bench.settings, enc_hook=str).decode()
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, settings, str(int(number)), moment],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _add(bench: StreamBench, rows: list[CapturedPrediction]) -> None:
    for row in rows:
        fields = {"row": encode(row), "contract": CONTRACT_VERSION, "again": "0"}
        bench.client.xadd(bench.stream.name, fields)


def _stopped(process: subprocess.Popen[str]) -> bool:
    with open(f"/proc/{process.pid}/stat") as stat:  # noqa: PTH123  # a file of the kernel
        return stat.read().rpartition(")")[2].split()[0] == "T"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_worker_loses_and_doubles_nothing(bench: StreamBench, moment: str) -> None:
    """Killed before its file, or between that and the acknowledgement: another finishes, once."""
    rows = make_rows(70)
    _add(bench, rows)
    with _interrupted(bench, signal.SIGKILL, moment) as worker:
        assert worker.wait(30) == -signal.SIGKILL
    assert len(bench.written()) == (50 if moment == "after" else 0)

    events = CountedStreamEvents()
    with bench.working(bench.consumer(events)):
        wait_for(lambda: bench.waiting() == 0)
    assert same(bench.written(), rows)
    assert events.claims == 50
    assert events.known == (50 if moment == "after" else 0)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_stopped_worker_doubles_nothing_when_it_goes_on(bench: StreamBench, moment: str) -> None:
    """Stopped at the worst moment for so long that another took over, it notices and takes back."""
    rows = make_rows(50)
    _add(bench, rows)
    with _interrupted(bench, signal.SIGSTOP, moment) as worker:
        wait_for(lambda: _stopped(worker), 30)
        with bench.working(bench.consumer()):
            wait_for(lambda: bench.waiting() == 0)
        assert same(bench.written(), rows)
        worker.send_signal(signal.SIGCONT)
        if moment == "before":
            wait_for(lambda: len(bench.written()) == 100 or _taken_back(bench), 30)
        worker.send_signal(signal.SIGTERM)
        said, _ = worker.communicate(timeout=30)
    assert said.split() == ["50" if moment == "before" else "0"]
    assert same(bench.written(), rows)


def _taken_back(bench: StreamBench) -> bool:
    return len(list((bench.settings.data_dir / "production").glob("*.parquet"))) == 2


def test_two_workers_share_the_stream(bench: StreamBench) -> None:
    """Each row is written by one of them, and both have something to do."""
    events = CountedStreamEvents()
    rows = make_rows(2_000)
    adding = threading.Thread(target=_add, args=(bench, rows))
    consumers = [bench.consumer(events), bench.consumer(events)]
    with bench.working(*consumers):
        adding.start()
        wait_for(lambda: len(bench.written()) == 2_000, 60)
        names = {one["name"] for one in bench.client.xinfo_consumers(bench.stream.name, "writers")}
        wait_for(lambda: bench.waiting() == 0)
        wait_for(lambda: events.lag == (0, 0, 0.0), 20)
    adding.join()
    assert len(names) == 2
    assert same(bench.written(), rows)
    assert bench.client.xinfo_consumers(bench.stream.name, "writers") == []


def test_poison_is_set_aside(bench: StreamBench) -> None:
    """What is no row, or another contract's, or kills who takes it, never stops the others."""
    rows = make_rows(60)
    good = {"contract": CONTRACT_VERSION, "again": "0"}
    poison = [
        {"row": b"\\xc1 no row", **good},
        {"something": "else"},
        {"row": encode(rows[0]).replace(b"surf", b"\xff" * 4), **good},
        {"row": encode(rows[0]), "contract": "another"},
        {"row": encode(msgspec.structs.replace(rows[0], features=b"short")), **good},
        {"row": encode(msgspec.structs.replace(rows[0], pokemon_a_id=2**40)), **good},
    ]
    _add(bench, rows[:30])
    for fields in poison:
        bench.client.xadd(bench.stream.name, fields)
    _add(bench, rows[30:])
    events = CountedStreamEvents()
    with bench.working(bench.consumer(events)):
        wait_for(lambda: bench.waiting() == 0)
    assert same(bench.written(), rows)
    assert events.deaths == {"undecodable": 3, "foreign": 3}
    dead = [fields for _, fields in bench.client.xrange(dead_key(bench.stream.name))]
    assert [fields[b"reason"] for fields in dead] == [
        b"undecodable",
        b"undecodable",
        b"undecodable",
        b"foreign",
        b"foreign",
        b"foreign",
    ]
    assert dead[0][b"row"] == poison[0]["row"]


def test_an_entry_that_fails_unforeseen_is_undeliverable_alone(bench: StreamBench) -> None:
    """What comes of no reason that is known is tried again, and takes none of the others along."""
    bench.settings = msgspec.structs.replace(
        bench.settings, stream=msgspec.structs.replace(bench.stream, deliveries=1, claim_seconds=1)
    )
    rows = make_rows(20)
    _add(bench, [*rows[:7], msgspec.structs.replace(rows[7], model_version="odd"), *rows[8:]])
    events = CountedStreamEvents()
    sink = FailingSink(captured_files(bench.settings), FEATURE_NAMES, CountedEvents())
    with bench.working(bench.consumer(events, sink=sink)):
        wait_for(lambda: bench.waiting() == 0)
    assert same(bench.written(), [*rows[:7], *rows[8:]])
    assert events.deaths == {"undeliverable": 1}


def test_a_row_that_nobody_can_write_is_set_aside(bench: StreamBench) -> None:
    """After so many workers have died over an entry, the next puts it away."""
    bench.settings = msgspec.structs.replace(
        bench.settings, stream=msgspec.structs.replace(bench.stream, deliveries=2)
    )
    _add(bench, make_rows(1))
    for _ in range(2):
        with _interrupted(bench, signal.SIGKILL, "before") as worker:
            assert worker.wait(30) == -signal.SIGKILL
    events = CountedStreamEvents()
    with bench.working(bench.consumer(events)):
        wait_for(lambda: bench.waiting() == 0)
    assert bench.written() == []
    assert events.deaths == {"undeliverable": 1}


def test_a_failing_folder_keeps_rows_in_the_stream(bench: StreamBench) -> None:
    """While files cannot be written rows stay where they are, held by who tries."""
    folder = bench.settings.data_dir / "production"
    bench.settings.data_dir.mkdir()
    folder.write_bytes(b"a file where the folder should be")
    rows = make_rows(120)
    _add(bench, rows)
    with bench.working(bench.consumer()):
        wait_for(
            lambda: (
                bench.client.xpending(bench.stream.name, "writers")["pending"] == 50
                if bench.client.exists(bench.stream.name)
                and bench.client.xinfo_groups(bench.stream.name)
                else False
            )
        )
        assert bench.waiting() == 120
        folder.unlink()
        wait_for(lambda: bench.waiting() == 0)
    assert same(bench.written(), rows)


async def test_a_redis_that_is_killed_forgets_nothing(bench: StreamBench) -> None:
    """Killed again and again under load, with its append-only file on: each row once."""
    rows = make_rows(1_500)
    capture = bench.capture()
    with bench.working(bench.consumer(), bench.consumer()):
        for start in range(0, 1_500, 10):
            await capture.append(rows[start : start + 10])
            if start % 300 == 290:
                bench.server.kill()
                bench.server.start()
        await asyncio.to_thread(wait_for, lambda: capture.pending_rows == 0, 60)
        await asyncio.to_thread(wait_for, lambda: bench.waiting() == 0, 60)
    await capture.close()
    assert same(bench.written(), rows)


def test_what_redis_brings_back_is_not_written_again(bench: StreamBench) -> None:
    """An entry that a restarted Redis delivers anew is looked for, by whoever starts afterwards."""
    rows = make_rows(60)
    _add(bench, rows[:50])
    with bench.working(bench.consumer()):
        wait_for(lambda: bench.waiting() == 0)
    # As if its last second, in which the rows were taken out, had not reached the disk.
    _add(bench, rows)
    # While the disk is slow it answers before it has written to its file.
    wait_for(lambda: bench.client.info("persistence")["aof_buffer_length"] == 0)
    bench.server.kill()
    bench.server.start()
    time.sleep(1 - time.time() % 1)  # Redis takes itself for a second older at the next one
    events = CountedStreamEvents()
    with bench.working(bench.consumer(events)):
        wait_for(lambda: bench.waiting() == 0)
    assert same(bench.written(), rows)
    assert events.known == 50


def test_a_delivery_whose_answer_got_lost_is_asked_for_again(bench: StreamBench) -> None:
    """What was handed to a worker and never arrived comes to it, and counts as handed out once."""
    rows = make_rows(5)
    _add(bench, rows)
    group = WorkerGroup(bench.stream)
    group.join()
    (arrived,) = group.read(1, 1)
    bench.client.xreadgroup("writers", group.worker, {bench.stream.name: ">"})
    for _ in range(2):
        lost = group.own({arrived.entry_id})
        assert [one.fields[b"row"] for one in lost] == [encode(row) for row in rows[1:]]
        assert all(one.doubtful for one in lost)
    told = bench.client.xpending_range(bench.stream.name, "writers", "-", "+", 10)
    assert {one["times_delivered"] for one in told} == {1}


def test_rows_that_nothing_can_write_are_dead_letters(bench: StreamBench) -> None:
    """Though they seemed to fit: those they came with are in a file."""
    rows = make_rows(20)
    _add(bench, [*rows[:7], msgspec.structs.replace(rows[7], features=b"short"), *rows[8:]])
    events = CountedStreamEvents()
    sink = TrustingSink(captured_files(bench.settings), FEATURE_NAMES, CountedEvents())
    with bench.working(bench.consumer(events, sink=sink)):
        wait_for(lambda: bench.waiting() == 0)
    assert same(bench.written(), [*rows[:7], *rows[8:]])
    assert events.deaths == {"undecodable": 1}
