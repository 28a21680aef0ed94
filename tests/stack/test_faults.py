"""What is silent in health speaks after its fault."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import asyncpg
import polars as pl
from tests import patient
from tests.redis_server import RedisServer
from tests.stack import matrix
from tests.waiting import until, wait_for

from capture.archive.history import CaptureHistory
from capture.tally import metadata_of, tally
from etl.snapshot import FOLDER
from storage.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stack.conftest import RunningStack


def test_what_was_silent_speaks_after_its_fault(stack: RunningStack, tmp_path: Path) -> None:
    """Each signal that the matrix lists with a fault has data once that fault has happened."""
    _fail_a_statement(stack)
    _break_a_row(stack, tmp_path)
    _predict_for_hours(stack)
    stack.received.status = HTTPStatus.BAD_REQUEST
    try:
        with patient.client(base_url=stack.api) as client:
            stack.sent.predict(client)
        silent = [entry for entry in matrix.entries() if entry.signal in matrix.NEEDS_A_FAULT]
        assert len(silent) == len(matrix.NEEDS_A_FAULT)
        with _a_worker_on_a_stream(stack, tmp_path):
            for entry in silent:
                wait_for(lambda entry=entry: stack.has_data(entry.query), 75)
    finally:
        stack.received.status = HTTPStatus.OK


def _predict_for_hours(stack: RunningStack) -> None:
    """Put a file of predictions that were just made beside itself, as if made hours ago."""
    folder = CaptureHistory.of(stack.stack.data_dir).small
    rows = pl.read_parquet(folder.files()[-1])
    for hours in range(1, 5):
        earlier = rows.with_columns(pl.col("predicted_at") - timedelta(hours=hours))
        then = datetime.now(UTC) - timedelta(hours=hours)
        earlier.write_parquet(
            folder.path / f"production_data_{then:%Y%m%d_%H%M%S}.parquet",
            metadata=metadata_of(tally(earlier)),
        )


@contextmanager
def _a_worker_on_a_stream(stack: RunningStack, folder: Path) -> Iterator[None]:
    with RedisServer.running(folder / "redis") as redis:
        worker = subprocess.Popen(
            [sys.executable, "-m", "cli", "worker"],
            env=stack.service_environment
            | {"DEXWATCH_REDIS_URL": redis.url, "DEXWATCH_DATA_DIR": str(folder / "data")},
        )
        try:
            yield
        finally:
            worker.terminate()
            worker.wait(20)


def _fail_a_statement(stack: RunningStack) -> None:
    """Hold a lock until a statement of the service has waited for it in vain."""
    failed = 'db_client_operation_duration_seconds_count{job="dexwatch",error_type!=""}'

    async def hold(url: str) -> None:
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction():
                await connection.execute("LOCK TABLE dexwatch.dex_version IN ACCESS EXCLUSIVE MODE")
                await until(lambda: stack.has_data(failed))
        finally:
            await connection.close()

    with EmbeddedPostgres(stack.stack.data_dir / "postgres").reached() as urls:
        asyncio.run(hold(urls.owner))


def _break_a_row(stack: RunningStack, folder: Path) -> None:
    """Load a dex in which Surf has a negative power: it is refused, and says so."""
    for source in FOLDER.glob("*.csv"):
        (folder / source.name).write_bytes(source.read_bytes())
    moves = pl.read_csv(folder / "moves.csv", infer_schema=False)
    moves.with_columns(
        pl.when(pl.col("showdown") == "surf").then(pl.lit("-5")).otherwise("power").alias("power")
    ).write_csv(folder / "moves.csv")
    refused = subprocess.run(
        [sys.executable, "-m", "cli", "etl", "load", "--snapshot", str(folder)],
        env=stack.service_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1, refused.stderr
    assert "power = " in refused.stderr
