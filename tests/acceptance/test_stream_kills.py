"""Kill -9 of service, worker and Redis under load. `make kills` kills more often."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

import psutil
import pytest
from tests.acceptance.losses import count
from tests.acceptance.questions import Askers
from tests.acceptance.service import running
from tests.redis_server import RedisServer
from tests.waiting import wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.service import Service

STREAM: Final = "dexwatch:predictions"
SECONDS: Final = 60.0


def _kill_worker(service: Service) -> None:
    for child in psutil.Process(service.process.pid).children():
        if child.cmdline()[3:4] == ["worker"]:
            child.kill()


def _under_load() -> None:
    time.sleep(random.uniform(0.3, 2.0))  # noqa: S311  # any moment will do


@pytest.mark.timeout(1800)
def test_kills_on_the_way_through_redis(
    data_dir: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """At random moments under load: each acknowledged prediction is in a file after all, once."""
    rounds = request.config.getoption("kills")
    acknowledged: list[str] = []
    answers: Counter[int | str] = Counter()
    with RedisServer.running(tmp_path / "redis") as redis, redis.client() as client:
        variables = {
            "DEXWATCH_REDIS_URL": redis.url,
            "DEXWATCH_CAPTURE_ROWS_PER_FILE": "50",
            "DEXWATCH_CAPTURE_MAX_AGE_SECONDS": "2",
            "DEXWATCH_STREAM_CLAIM_SECONDS": "3",
        }
        for _ in range(rounds):
            with running(data_dir, variables=variables) as service:
                with Askers(service.url) as askers:
                    _under_load()
                    _kill_worker(service)
                    _under_load()
                    redis.kill()
                    time.sleep(random.uniform(0, 1))  # noqa: S311  # any moment will do
                    redis.start()
                    _under_load()
                    service.process.kill()
                acknowledged += askers.acknowledged
                answers += askers.statuses
                os.killpg(service.process.pid, signal.SIGKILL)
                service.process.wait()
        with running(data_dir, variables=variables):
            # Whoever starts hands over what was left behind, and a worker writes it.
            wait_for(lambda: not list((data_dir / "journal").glob("*/*.journal")))
            wait_for(lambda: client.xlen(STREAM) == 0)
        marks = client.keys("*:mark:*")
        dead = client.exists(f"{{{STREAM}}}:dead")

    trial = count(
        request,
        f"kill -9 of Redis, `dexwatch worker` and the service in turn, {rounds} times",
        data_dir,
        answered=acknowledged,
        statuses=answers,
    )
    assert trial.answered > 100 * rounds
    assert not trial.missing
    assert not trial.doubled
    assert marks == []
    assert not dead
    assert not list((data_dir / "journal_set_aside").glob("*.corrupt"))
