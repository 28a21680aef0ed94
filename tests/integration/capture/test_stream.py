"""From the answer through a real Redis into files."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from tests.integration.capture.conftest import eventually, make_rows

if TYPE_CHECKING:
    import pytest
    from tests.integration.capture.conftest import StreamBench


async def test_rows_are_in_the_stream_before_append_returns(
    bench: StreamBench, caplog: pytest.LogCaptureFixture
) -> None:
    """Each row that was taken stands in the journal and in the stream at once; the log says so."""
    caplog.set_level(logging.INFO)
    capture = bench.capture()
    for number, row in enumerate(make_rows(5), 1):
        await capture.append([row])
        assert row.prediction_id.encode() in bench.journaled()
        assert bench.waiting() == number
    assert (bench.events.late, bench.events.early) == (0, 0)
    await capture.close()
    assert bench.journaled() == b""
    assert bench.client.keys("*mark*") == []
    lines = [r.getMessage() for r in caplog.records if "production" in r.getMessage()]
    assert lines == ["production data: 5 rows handed to stream"]


async def test_a_worker_writes_them_in_order(bench: StreamBench) -> None:
    """Full files at once, the rest by age, in the order of the answers; the stream is empty."""
    capture = bench.capture()
    rows = make_rows(120)
    for start in range(0, 120, 10):
        await capture.append(rows[start : start + 10])
    with bench.working(bench.consumer()):
        await asyncio.to_thread(eventually, lambda: len(bench.written()) == 120)
        await asyncio.to_thread(eventually, lambda: bench.waiting() == 0)
    assert bench.written() == [row.prediction_id for row in rows]
    await capture.close()
    assert bench.client.xinfo_consumers(bench.stream.name, "writers") == []
