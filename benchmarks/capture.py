"""What capture costs: `make bench-capture`.

The same service without capture, with each way to bring the journal to the disk, and with a Redis
stream behind the journal; and what a row costs that Redis.
"""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import psutil
from benchmarks.side_by_side import compare, prepared, require_wrk, services
from opentelemetry import trace
from rich.console import Console
from rich.table import Table

from benchmarks import questions
from capture.counts import CountedStreamEvents
from capture.journal.appender import Position
from capture.journal.reader import JournalRow
from capture.prediction_id import new_prediction_id
from capture.record import CapturedPrediction
from capture.streams.group import WorkerGroup
from capture.streams.sink import StreamSink
from cli.stack.addresses import Ports
from cli.stack.programs import Stack, program_path
from cli.stack.supervise import Running
from config.settings import StreamSettings
from features.contract import CONTRACT_VERSION, FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
STREAM_ROWS: Final = 50_000
STREAM_BATCH: Final = 32
"""As many as ask at once, mostly."""
ROWS_PER_FILE: Final = 100
PLAIN: Final = {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}
VARIANTS: Final = {
    "off": PLAIN | {"DEXWATCH_CAPTURE_ENABLED": "false"},
    **{
        f"sync {when}": PLAIN | {"DEXWATCH_JOURNAL_SYNC": when}
        for when in ("never", "interval", "commit")
    },
}


def main() -> None:
    """Measure and print."""
    require_wrk()
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as cleanup:
        stack = Stack(ROOT, Path(folder), Ports.free())
        stack.folder.mkdir()
        database_url = cleanup.enter_context(prepared(stack))
        running = Running(stack.folder)
        cleanup.enter_context(running.until_the_end())
        url, redis = cleanup.enter_context(_redis(Path(folder)))
        variants = VARIANTS | {"stream": PLAIN | {"DEXWATCH_REDIS_URL": url}}
        described = services(stack, database_url, variants)
        for program in described.values():
            running.start(program)
            running.wait_until_ready(program, tell=lambda _: None)
        console.print(compare("capture", described, questions.best_move(Path(folder))))
        rows = pl.scan_parquet(Path(folder) / "service-*/production/*.parquet").select(pl.len())
        console.print(f"rows written {rows.collect().item():,}")
        console.print(_rows_through(url, redis))


def _rows_through(url: str, redis: psutil.Process) -> Table:
    """Hand rows over as a journal does, take them out as a worker does, and look at Redis alone."""
    settings = StreamSettings(url=url, name="bench")
    sink = StreamSink(
        settings,
        CONTRACT_VERSION,
        fits=lambda _: True,
        events=CountedStreamEvents(),
        tracer=trace.get_tracer("bench"),
    )
    rows = [JournalRow(_row(number), Position(1, number + 1)) for number in range(STREAM_ROWS)]
    group = WorkerGroup(settings)
    group.join()

    def hand_over() -> None:
        for start in range(0, STREAM_ROWS, STREAM_BATCH):
            sink.ship("bench", rows[start : start + STREAM_BATCH])

    def take_out() -> None:
        while deliveries := group.read(ROWS_PER_FILE, 0.1):
            group.settle([one.entry_id for one in deliveries])

    table = Table("rows through Redis", "Redis, us a row", "rows/s of one core of it")
    for what, work in (("handed over", hand_over), ("taken out", take_out)):
        before = sum(redis.cpu_times()[:2])
        work()
        seconds = (sum(redis.cpu_times()[:2]) - before) / STREAM_ROWS
        table.add_row(what, f"{seconds * 1e6:.1f}", f"{1 / seconds:,.0f}")
    return table


def _row(number: int) -> CapturedPrediction:
    """Make a row as large as those of questions with four moves on both sides."""
    moves = ["thunderbolt", "body-slam", "ice-beam", "earthquake"]
    return CapturedPrediction(
        features=np.random.default_rng(number).random(len(FEATURE_NAMES), np.float32).tobytes(),
        prediction_id=new_prediction_id(),
        predicted_at=datetime.now(UTC),
        trace_id=f"{number:032x}",
        model_version="v1",
        pokemon_a_id=1,
        pokemon_b_id=25,
        available_moves=moves,
        available_moves_b=moves,
        recommended_move=moves[0],
        win_probability=0.5,
        win_probabilities=[0.5] * len(moves),
    )


@contextmanager
def _redis(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Run a Redis that syncs its append-only file every second; give its URL."""
    socket = folder / "redis.sock"
    server = subprocess.Popen(  # noqa: S603  # our own command line
        [
            *(program_path("redis-server"), "--port", "0", "--unixsocket", str(socket)),
            *("--dir", str(folder), "--save", "", "--appendonly", "yes"),
        ],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield f"unix://{socket}", psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
