"""A stream on a real Redis, what goes in, and what came out."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl
import pytest
from msgspec.structs import replace
from opentelemetry.trace import NoOpTracer
from tests.captured import captured
from tests.redis_server import RedisServer

from capture.counts import CountedEvents, CountedStreamEvents
from capture.journaled import CLOSE_SECONDS, JournaledCapture
from capture.parquet_sink import ParquetSink
from capture.pipeline import captured_files, journal_sink
from capture.streams.consumer import StreamConsumer
from config.settings import CaptureSettings, Settings, StreamSettings
from features.contract import CONTRACT_VERSION, FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opentelemetry.trace import Tracer

    from capture.record import CapturedPrediction


def make_rows(count: int) -> list[CapturedPrediction]:
    """Make rows as the service does, with ids of this moment."""
    return [captured() for _ in range(count)]


class TrustingSink(ParquetSink):
    """Overlooks what is wrong with rows."""

    def fits(self, prediction: CapturedPrediction, /) -> bool:
        """Find nothing wrong."""
        del prediction
        return True


class FailingSink(ParquetSink):
    """Fails over some rows as nobody expects."""

    def fits(self, prediction: CapturedPrediction, /) -> bool:
        """Fail over a row of an odd model."""
        if prediction.model_version == "odd":
            raise RuntimeError("a fault of ours")
        return super().fits(prediction)


class StreamBench:
    """A stream, its captures and its workers, all with one data folder."""

    def __init__(self, server: RedisServer, data_dir: Path) -> None:
        self.server = server
        self.stream = StreamSettings(url=server.url, timeout_seconds=0.5, claim_seconds=3)
        self.settings = Settings(
            data_dir=data_dir,
            stream=self.stream,
            capture=CaptureSettings(rows_per_file=50, max_age_seconds=0.3),
        )
        self.events = CountedEvents()
        self.handed = CountedStreamEvents()
        self.client = server.client()

    def capture(
        self,
        tracer: Tracer | None = None,
        *,
        wait_seconds: float | None = None,
        close_seconds: float = CLOSE_SECONDS,
    ) -> JournaledCapture:
        """Start a service's part, whose answers wait so long. Needs a running loop."""
        settings = self.settings
        if wait_seconds is not None:
            settings = replace(
                settings,
                capture=replace(settings.capture, journal_wait_seconds=wait_seconds),
                stream=replace(settings.stream, timeout_seconds=wait_seconds),
            )
        sink = journal_sink(settings, self.events, self.handed, tracer or NoOpTracer())
        return JournaledCapture.start(
            settings.capture,
            settings.data_dir,
            CONTRACT_VERSION,
            sink=sink,
            events=self.events,
            close_seconds=close_seconds,
        )

    def consumer(
        self,
        events: CountedStreamEvents | None = None,
        tracer: Tracer | None = None,
        sink: ParquetSink | None = None,
    ) -> StreamConsumer:
        """Make a worker."""
        return StreamConsumer(
            self.settings.stream,
            self.settings.capture,
            sink or ParquetSink(captured_files(self.settings), FEATURE_NAMES, CountedEvents()),
            events or CountedStreamEvents(),
            tracer or NoOpTracer(),
        )

    @contextmanager
    def working(self, *consumers: StreamConsumer) -> Iterator[None]:
        """Let workers work until the block ends."""
        threads = [threading.Thread(target=one.run, daemon=True) for one in consumers]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            for one in consumers:
                one.stop()
            for thread in threads:
                thread.join(20)
                assert not thread.is_alive()

    def written(self) -> list[str]:
        """List the predictions in the files, in the order of the files' names."""
        files = sorted((self.settings.data_dir / "production").glob("*.parquet"))
        return [row for file in files for row in pl.read_parquet(file)["prediction_id"]]

    def waiting(self) -> int:
        """Count the entries of the stream."""
        return int(self.client.xlen(self.stream.name))

    def journaled(self) -> bytes:
        """Read all that stands in journals."""
        folder = self.settings.data_dir / "journal"
        return b"".join(path.read_bytes() for path in sorted(folder.glob("*/*.journal")))


def same(written: list[str], rows: list[CapturedPrediction]) -> bool:
    """Tell whether these are the predictions, each once."""
    return Counter(written) == Counter(row.prediction_id for row in rows)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """Run a Redis for one test."""
    with RedisServer.running(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def bench(redis: RedisServer, tmp_path: Path) -> StreamBench:
    """Give a stream on it."""
    return StreamBench(redis, tmp_path / "data")
