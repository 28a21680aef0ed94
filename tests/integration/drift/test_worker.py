"""The worker as a process of its own, with and without its database."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import asyncpg
import msgspec

from config.settings import ModelSettings
from registry.cache import ModelCache
from registry.manifest import ModelManifest
from training import released

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.embedded import DatabaseUrls

SECONDS = 120.0


@contextmanager
def _worker(data_dir: Path, url: str) -> Iterator[Path]:
    """Run a worker that looks for drift all the time; give its log."""
    release = msgspec.structs.asdict(released.release())
    cache = ModelCache.of(ModelSettings(), data_dir)
    cache.store(
        released.MODEL_FILE,
        ModelManifest(
            **release, name="dexwatch", version=1, alias="champion", run_id="r", source="s"
        ),
    )
    cache.activate(1)
    environment = {
        **os.environ,
        "DEXWATCH_DATA_DIR": str(data_dir),
        "DEXWATCH_DATABASE_URL": url,
        "DEXWATCH_DATABASE_CONNECT_SECONDS": "1",
        "DEXWATCH_DRIFT_EVERY_SECONDS": "0.2",
    }
    log = data_dir / "worker.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "worker"], env=environment, stderr=output, stdout=output
        )
        try:
            yield log
            assert process.poll() is None, log.read_text()
            process.send_signal(signal.SIGTERM)
            assert process.wait(SECONDS) == 0
        finally:
            process.kill()
            process.wait()


async def test_the_worker_makes_report_after_report(
    database_urls: DatabaseUrls, tmp_path: Path
) -> None:
    """They are stored with the owner's rights, and a standing verdict is logged once."""
    with _worker(tmp_path, database_urls.owner) as log:
        connection = await asyncpg.connect(database_urls.owner)
        try:
            deadline = time.monotonic() + SECONDS
            reports: list[str] = []
            while len(reports) < 3 and time.monotonic() < deadline:
                rows = await connection.fetch("SELECT report FROM dexwatch.drift_reports")
                reports = [row["report"] for row in rows]
                time.sleep(0.1)  # noqa: ASYNC251  # nothing else waits
        finally:
            await connection.close()
    assert len(reports) >= 3
    assert {json.loads(report)["verdict"] for report in reports} == {"no_data"}
    assert log.read_text().count("drift: no_data") == 1


def test_the_worker_outlives_a_database_that_is_away(tmp_path: Path) -> None:
    """It says so each time, and stops when it is told to."""
    with _worker(tmp_path, "postgresql://nobody@127.0.0.1:1/none") as log:
        deadline = time.monotonic() + SECONDS
        while log.read_text().count("look for drift: the database does not answer") < 2:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
