"""Files in a real S3-compatible object store, written and read by Polars."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import msgspec
import polars as pl
import pytest
from tests import patient
from tests.acceptance.service import free_port
from tests.integration.capture.conftest import StreamBench, make_rows, same
from tests.waiting import wait_for

from capture.columns import schema
from capture.counts import CountedEvents, CountedStreamEvents
from capture.lookup import PredictionLookup
from capture.parquet_sink import ParquetSink
from capture.pipeline import captured_files
from capture.streams.entry import encode
from features.contract import CONTRACT_VERSION, FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from capture.record import CapturedPrediction

_prefixes = count()


class Store:
    """A store with one bucket, in memory."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start with an empty bucket."""
        self._process = subprocess.Popen(
            [Path(sys.executable).with_name("moto_server"), "-p", str(self._port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self._answers, 60)
        assert patient.put(f"{self.url}/captured").is_success

    def kill(self) -> None:
        """End it, and lose all it has."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            return patient.get(self.url).is_success
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """Run a store, and say so in the standard variables."""
    server = Store(free_port())
    server.start()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "anyone",
            "AWS_SECRET_ACCESS_KEY": "anything",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": server.url,
            "AWS_ALLOW_HTTP": "true",
        }.items():
            environment.setenv(name, value)
        yield server
    server.kill()


@pytest.fixture
def prefix(store: Store) -> str:
    """Give a place in the bucket that no other test has."""
    del store
    return f"s3://captured/some/prefix{next(_prefixes)}"


@pytest.fixture
def bench(bench: StreamBench, prefix: str) -> StreamBench:
    """Give a stream whose workers write into the store."""
    capture = msgspec.structs.replace(bench.settings.capture, output=prefix)
    bench.settings = msgspec.structs.replace(bench.settings, capture=capture)
    return bench


def _add(bench: StreamBench, rows: list[CapturedPrediction], again: int = 0) -> None:
    for row in rows:
        fields = {"row": encode(row), "contract": CONTRACT_VERSION, "again": str(again)}
        bench.client.xadd(bench.stream.name, fields)


def _written(prefix: str) -> pl.DataFrame:
    return pl.read_parquet(f"{prefix}/production_data_*.parquet", include_file_paths="path")


def test_a_worker_writes_into_the_store(bench: StreamBench, prefix: str) -> None:
    """Files of the same columns and names, full ones and the rest, each row once."""
    rows = make_rows(120)
    _add(bench, rows)
    with bench.working(bench.consumer()):
        wait_for(lambda: bench.waiting() == 0)
    written = _written(prefix)
    assert written.drop("path").schema == schema(FEATURE_NAMES)
    assert same(written["prediction_id"].to_list(), rows)
    sizes = written.group_by("path").len()
    assert sorted(sizes["len"]) == [20, 50, 50]
    for path in sizes["path"]:
        assert re.fullmatch(r".*/production_data_\d{8}_\d{6}_\d+\.parquet", path)
    assert not (bench.settings.data_dir / "production").exists()


def test_what_the_store_has_is_not_written_again(bench: StreamBench, prefix: str) -> None:
    """Rows that are delivered once more are found in the store; lookup finds them too."""
    rows = make_rows(60)
    _add(bench, rows[:50])
    events = CountedStreamEvents()
    with bench.working(bench.consumer(events)):
        wait_for(lambda: bench.waiting() == 0)
        _add(bench, rows, again=1)
        wait_for(lambda: bench.waiting() == 0)
    assert same(_written(prefix)["prediction_id"].to_list(), rows)
    assert events.known == 50
    found = PredictionLookup.of(bench.settings).find([rows[3].prediction_id])
    assert found["prediction_id"].to_list() == [rows[3].prediction_id]
    assert PredictionLookup.of(bench.settings).find([make_rows(1)[0].prediction_id]).is_empty()


def test_a_stopped_worker_takes_back_what_another_wrote(bench: StreamBench, prefix: str) -> None:
    """An object that turns out to be the second one is written over with what is left of it."""
    rows = make_rows(50)
    _add(bench, rows)
    events = CountedStreamEvents()

    class Overtaken(ParquetSink):
        def write(self, batch: Sequence[CapturedPrediction]) -> str:
            time.sleep(bench.stream.claim_seconds + 0.5)
            with bench.working(bench.consumer()):
                wait_for(lambda: bench.waiting() == 0)
            return super().write(batch)

    sink = Overtaken(captured_files(bench.settings), FEATURE_NAMES, CountedEvents())
    with bench.working(bench.consumer(events, sink=sink)):
        wait_for(lambda: events.doubled == 50, 30)
    assert same(_written(prefix)["prediction_id"].to_list(), rows)


def test_a_store_that_is_away_keeps_rows_in_the_stream(
    bench: StreamBench, store: Store, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    """While the store does not answer nothing leaves the stream."""
    rows = make_rows(60)
    store.kill()
    with bench.working(bench.consumer()):
        _add(bench, rows)
        wait_for(lambda: "rows of the stream cannot be written" in caplog.text, 60)
        assert bench.waiting() == 60
        store.start()
        wait_for(lambda: bench.waiting() == 0, 60)
    assert same(_written(prefix)["prediction_id"].to_list(), rows)
