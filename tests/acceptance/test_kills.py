"""Kill -9 under load: what was answered is in the files, once. `make kills` kills more often."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

import polars as pl
import psutil
import pytest
from benchmarks.losses import note
from tests.acceptance.questions import Askers
from tests.acceptance.service import running

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.service import Service

VARIABLES: Final = {"DEXWATCH_CAPTURE_ROWS_PER_FILE": "50"}


def captured(data_dir: Path) -> Counter[str]:
    """Count how often each prediction stands in the files."""
    files = list((data_dir / "production").glob("*.parquet"))
    return Counter(
        pl.concat([pl.read_parquet(file, columns=["prediction_id"]) for file in files])[
            "prediction_id"
        ]
    )


def _victim(service: Service) -> int:
    """Choose whom to kill: the process that was started, or one of its workers."""
    workers = [
        child.pid
        for child in psutil.Process(service.process.pid).children()
        if "serve-one" in child.cmdline()
    ]
    return random.choice([service.process.pid, *workers])  # noqa: S311  # anyone will do


@pytest.mark.timeout(900)
@pytest.mark.parametrize("workers", [1, 2])
def test_kills_lose_and_double_nothing(
    data_dir: Path, workers: int, request: pytest.FixtureRequest
) -> None:
    """At random moments under load: each acknowledged prediction is in a file after all, once."""
    kills = request.config.getoption("kills")
    variables = VARIABLES | {"DEXWATCH_WORKERS": str(workers)}
    acknowledged: list[str] = []
    failures: Counter[int | str] = Counter()
    for _ in range(kills):
        with running(data_dir, variables=variables) as service:
            with Askers(service.url) as askers:
                askers.wait_for(100)
                time.sleep(random.uniform(0, 1.5))  # noqa: S311  # any moment will do
                os.kill(_victim(service), signal.SIGKILL)
                time.sleep(0.5)
            acknowledged += askers.acknowledged
            failures += askers.statuses
            os.killpg(service.process.pid, signal.SIGKILL)
            service.process.wait()
    with running(data_dir, variables=variables):
        pass  # recovers while it serves, and flushes when it stops

    written = captured(data_dir)
    missing = set(acknowledged) - set(written)
    doubled = [name for name, times in written.items() if times > 1]
    print(  # noqa: T201  # the numbers that are asked for
        f"{workers} workers, {kills} kills: {len(acknowledged):,} acknowledged, "
        f"{len(missing)} missing, {len(doubled)} doubled; {len(written):,} written; "
        f"answers {dict(failures)}"
    )
    if request.config.getoption("record"):
        note(
            f"kill -9 of the service or one of its workers, {kills} times, workers: {workers}",
            answered=len(acknowledged),
            missing=len(missing),
            doubled=len(doubled),
            statuses=failures,
        )
    assert len(acknowledged) >= 100 * kills
    assert not missing
    assert not doubled
    assert not list((data_dir / "journal").glob("*/*.journal"))
    assert not list((data_dir / "journal_set_aside").glob("*.corrupt"))
