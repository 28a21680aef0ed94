"""From the answer through a real Redis into files."""

from __future__ import annotations

import asyncio
import logging
import shutil
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.integration.capture.conftest import make_rows, same
from tests.waiting import ALLOWANCE_SECONDS, LONGEST_SECONDS, until, wait_for

from capture.counts import CountedStreamEvents
from capture.journal.framing import frame
from capture.lookup import PredictionLookup
from capture.streams.entry import encode
from capture.streams.scripts import mark_key
from capture.streams.sink import MOST_ROWS
from telemetry.in_memory import InMemoryTelemetry

if TYPE_CHECKING:
    from tests.integration.capture.conftest import StreamBench

    from capture.journaled import JournaledCapture


async def test_rows_are_in_the_stream_before_append_returns(
    bench: StreamBench, caplog: pytest.LogCaptureFixture
) -> None:
    """Each row that was taken stands in the journal and in the stream at once; the log says so."""
    caplog.set_level(logging.INFO)
    capture = bench.capture(wait_seconds=30)  # a busy disk is not what this is about
    # Who comes while it looks for what others left behind does not wait for Redis.
    async with asyncio.timeout(LONGEST_SECONDS):
        early = -1
        while bench.events.early > early:
            early = bench.events.early
            await capture.append(make_rows(1))
    await until(lambda: capture.pending_rows == 0)
    before = bench.waiting()
    for number, row in enumerate(make_rows(5), before + 1):
        await capture.append([row])
        assert row.prediction_id.encode() in bench.journaled()
        assert bench.waiting() == number
    assert (bench.events.late, bench.events.early) == (0, early)
    await capture.close()
    assert bench.journaled() == b""
    assert bench.client.keys("*mark*") == []
    lines = [r.getMessage() for r in caplog.records if "production" in r.getMessage()]
    assert lines == [f"production data: {before + 5} rows handed to stream"]


async def test_a_worker_writes_them_in_order(bench: StreamBench) -> None:
    """Full files at once, the rest by age, in the order of the answers; the stream is empty."""
    capture = bench.capture()
    rows = make_rows(120)
    for start in range(0, 120, 10):
        await capture.append(rows[start : start + 10])
    with bench.working(bench.consumer()):
        await asyncio.to_thread(wait_for, lambda: len(bench.written()) == 120)
        await asyncio.to_thread(wait_for, lambda: bench.waiting() == 0)
    assert bench.written() == [row.prediction_id for row in rows]
    await capture.close()
    assert bench.client.xinfo_consumers(bench.stream.name, "writers") == []


async def _appended(capture: JournaledCapture, count: int) -> list[str]:
    """Answer so many predictions, one by one, whatever has become of Redis; give their ids."""
    rows = make_rows(count)
    for row in rows:
        await capture.append([row])
    return [row.prediction_id for row in rows]


async def test_an_outage_keeps_the_order(bench: StreamBench) -> None:
    """While Redis is away rows wait in the journal, then follow in order, later ones behind."""
    capture = bench.capture()
    before = await _appended(capture, 30)
    handed_over = bench.events.early + bench.events.late
    bench.server.kill()
    began = time.monotonic()
    during = await _appended(capture, 300)
    waited = time.monotonic() - began
    # One or the other waits its time; if each did, that would be 75 seconds.
    assert waited < 100 * bench.settings.capture.journal_wait_seconds
    assert capture.trouble == "Redis does not answer, rows wait in the journal"
    assert bench.handed.up is False
    # Of who left early some may have waited for a busy disk in vain as well.
    assert bench.events.early + bench.events.late - handed_over == 300

    began = time.monotonic()
    await _appended(capture, 50)
    waited = time.monotonic() - began
    assert waited < 12 * bench.settings.capture.journal_wait_seconds, "Redis is known to be away"
    bench.server.start()
    await asyncio.to_thread(wait_for, lambda: capture.pending_rows == 0)
    after = await _appended(capture, 20)
    assert capture.trouble is None
    with bench.working(bench.consumer()):
        await asyncio.to_thread(wait_for, lambda: len(bench.written()) == 400)
    written = bench.written()
    assert written[:330] == before + during
    assert written[380:] == after
    assert len(set(written)) == 400
    assert bench.handed.failures["away"] > 0
    await capture.close()


async def test_an_answer_in_doubt_doubles_nothing(bench: StreamBench) -> None:
    """A Redis that freezes with a request in hand has it once, however often it is asked again."""
    capture = bench.capture()
    await _appended(capture, 10)
    for _ in range(3):
        bench.server.send(signal.SIGSTOP)
        await _appended(capture, 5)
        await asyncio.sleep(2 * bench.stream.timeout_seconds)
        bench.server.send(signal.SIGCONT)
        await asyncio.to_thread(wait_for, lambda: capture.pending_rows == 0)
    assert bench.waiting() == 25
    with bench.working(bench.consumer()):
        await asyncio.to_thread(wait_for, lambda: bench.waiting() == 0)
    assert len(bench.written()) == len(set(bench.written())) == 25
    await capture.close()


async def test_a_journal_left_behind_goes_on_after_its_mark(bench: StreamBench) -> None:
    """What a killed process had handed over is not handed over again by the next."""
    bench.settings = msgspec.structs.replace(
        bench.settings,
        capture=msgspec.structs.replace(bench.settings.capture, journal_segment_bytes=20_000),
    )
    first = bench.capture()
    rows = make_rows(200)
    for row in rows:
        await first.append([row])
    # As a kill -9 would leave it: a copy that nobody holds, longer than what was handed over.
    left = bench.settings.data_dir / "journal" / "20260101T000000-1-left"
    (journal,) = (bench.settings.data_dir / "journal").iterdir()
    shutil.copytree(journal, left)
    mark = bench.client.get(mark_key(bench.stream.name, journal.name))
    late = rows[150]
    segments = sorted(left.glob("*.journal"))
    rest = make_rows(3)
    with segments[-1].open("ab") as file:
        file.write(b"".join(frame(encode(row)) for row in rest))
    bench.client.set(mark_key(bench.stream.name, left.name), mark)
    await first.close()

    second = bench.capture()
    await asyncio.to_thread(wait_for, lambda: not left.exists())
    await second.close()
    assert late.prediction_id.encode() not in bench.journaled()
    assert bench.waiting() == 203
    assert bench.events.recoveries[1] == 3
    assert bench.client.keys("*mark*") == []


async def test_rows_that_redis_forgets_are_handed_over_again(bench: StreamBench) -> None:
    """A Redis that comes back without its last seconds gets them again, files hold them once."""
    capture = bench.capture()
    rows = await _appended(capture, 40)
    with bench.working(bench.consumer()):
        await asyncio.to_thread(wait_for, lambda: bench.waiting() == 0)
    rows += await _appended(capture, 30)
    bench.client.flushall()

    handed = CountedStreamEvents()
    with bench.working(bench.consumer(handed)):
        rows += await _appended(capture, 1)
        await asyncio.to_thread(wait_for, lambda: len(bench.written()) == 71)
        await asyncio.to_thread(wait_for, lambda: bench.waiting() == 0)
    assert Counter(bench.written()) == Counter(rows)
    assert bench.handed.failures["lost"] == 1
    assert handed.known == 40
    await capture.close()


async def test_all_that_redis_forgets_is_handed_over_before_a_stop(bench: StreamBench) -> None:
    """However many calls that takes, all of it counts as waiting and the journal stays for it."""
    capture = bench.capture(close_seconds=60)
    rows = make_rows(3 * MOST_ROWS)
    for start in range(0, len(rows), 100):
        await capture.append(rows[start : start + 100])
    await asyncio.to_thread(wait_for, lambda: capture.pending_rows == 0)
    bench.client.flushall()
    bench.client.config_set("maxmemory", "1mb")

    rows += make_rows(1)
    await capture.append(rows[-1:])
    await asyncio.to_thread(wait_for, lambda: capture.pending_rows == len(rows))
    bench.client.config_set("maxmemory", "0")
    await capture.close()

    assert bench.waiting() == len(rows)
    assert bench.journaled() == b""
    with bench.working(bench.consumer()):
        await asyncio.to_thread(wait_for, lambda: bench.waiting() == 0)
    assert same(bench.written(), rows)
    assert bench.handed.failures["lost"] == 1


async def test_a_full_stream_keeps_rows_in_the_journal(bench: StreamBench) -> None:
    """Beyond its bound the stream takes nothing and answers go on; with room, the rest follows."""
    bench.settings = msgspec.structs.replace(
        bench.settings, stream=msgspec.structs.replace(bench.stream, max_rows=100)
    )
    capture = bench.capture()
    rows = await _appended(capture, 150)
    assert bench.waiting() == 100
    assert capture.trouble == "the stream is full, rows wait in the journal"
    assert bench.events.drops == {}
    with bench.working(bench.consumer()):
        await asyncio.to_thread(wait_for, lambda: len(bench.written()) == 150)
    assert bench.written() == rows
    assert bench.handed.failures["full"] > 0
    await capture.close()


async def test_no_memory_keeps_rows_in_the_journal(bench: StreamBench) -> None:
    """When Redis has no memory left, rows wait, and follow once it has."""
    capture = bench.capture()
    rows = await _appended(capture, 10)
    bench.client.config_set("maxmemory", "1mb")
    rows += await _appended(capture, 20)
    assert capture.trouble == "the stream is full, rows wait in the journal"
    bench.client.config_set("maxmemory", "0")
    await asyncio.to_thread(wait_for, lambda: capture.pending_rows == 0)
    with bench.working(bench.consumer()):
        await asyncio.to_thread(wait_for, lambda: len(bench.written()) == 30)
    assert bench.written() == rows
    await capture.close()


async def test_a_close_while_redis_is_away_loses_nothing(bench: StreamBench) -> None:
    """A service that stops meanwhile does so in its time; the next start hands its rows over."""
    capture = bench.capture()
    rows = await _appended(capture, 10)
    bench.server.kill()
    rows += await _appended(capture, 10)
    began = time.monotonic()
    await capture.close()
    assert time.monotonic() - began < 3.5 + ALLOWANCE_SECONDS
    bench.server.start()
    again = bench.capture()
    await asyncio.to_thread(wait_for, lambda: bench.waiting() == 20)
    await again.close()
    with bench.working(bench.consumer()):
        await asyncio.to_thread(wait_for, lambda: bench.waiting() == 0)
    assert bench.written() == rows


async def test_the_worker_links_to_the_span_that_handed_over(
    bench: StreamBench,
) -> None:
    """The trace context goes with the rows: the span that wrote them leads to their origin."""
    memory = InMemoryTelemetry.create()
    tracer = memory.telemetry.tracer("test")
    capture = bench.capture(tracer)
    await _appended(capture, 3)
    await capture.close()
    with bench.working(bench.consumer(tracer=tracer)):
        await asyncio.to_thread(wait_for, lambda: bench.waiting() == 0)
    spans = {span.name: span for span in memory.spans()}
    (link,) = spans["write captured rows"].links
    assert link.context.span_id == spans["hand over"].context.span_id
    assert spans["hand over"].attributes == {"dexwatch.rows": 3}


async def test_lookup_finds_rows_wherever_they_are(bench: StreamBench) -> None:
    """In the journal, the stream or a file; when Redis is away, not finding one is an error."""
    lookup = PredictionLookup.of(bench.settings)
    capture = bench.capture()
    (filed,) = await _appended(capture, 1)
    with bench.working(bench.consumer()):
        await asyncio.to_thread(wait_for, lambda: bench.waiting() == 0)
    (streamed,) = await _appended(capture, 1)
    await capture.close()
    assert bench.journaled() == b""
    unknown = make_rows(1)[0].prediction_id
    found = lookup.find([filed, streamed, unknown])
    assert set(found["prediction_id"]) == {filed, streamed}
    many = [filed, streamed, *(row.prediction_id for row in make_rows(20))]
    assert set(lookup.find(many)["prediction_id"]) == {filed, streamed}
    bench.server.kill()
    assert lookup.find([filed])["prediction_id"].to_list() == [filed]
    with pytest.raises(OSError, match="Redis is away"):
        lookup.find([streamed])
