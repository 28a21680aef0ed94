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
from redis.exceptions import ResponseError
from tests.acceptance.losses import count
from tests.acceptance.questions import Askers
from tests.acceptance.service import running
from tests.redis_server import RedisServer
from tests.waiting import wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from redis import Redis
    from tests.acceptance.service import Service

STREAM: Final = "dexwatch:predictions"
GROUP: Final = "writers"
KILLED: Final = f"the background worker exited with status {-signal.SIGKILL}"


def _kill_worker(service: Service, client: Redis) -> None:
    """Kill the worker at any moment after rows were handed to it; the service tells that it was."""
    busy: list[psutil.Process] = []
    wait_for(lambda: busy or busy.extend(_busy(service, client)), what="a worker has rows")
    (worker,) = busy
    _under_load()
    worker.kill()
    wait_for(lambda: KILLED in service.log(), what="the worker was killed")
    assert service.log().count(KILLED) == 1


def _busy(service: Service, client: Redis) -> list[psutil.Process]:
    """Find the workers of a service that hold entries of the stream."""
    try:
        holders = client.xpending(STREAM, GROUP)["consumers"]
    except ResponseError:  # there is no group before the first worker
        return []
    return [
        child
        for child in psutil.Process(service.process.pid).children()
        if any(f"-{child.pid}-".encode() in holder["name"] for holder in holders)
    ]


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
            # However slow the disk is, no answer leaves unprotected: that is what is counted here.
            "DEXWATCH_JOURNAL_WAIT_SECONDS": "60",
            "DEXWATCH_CAPTURE_MAX_AGE_SECONDS": "2",
            "DEXWATCH_STREAM_CLAIM_SECONDS": "3",
        }
        for _ in range(rounds):
            with running(data_dir, variables=variables) as service:
                with Askers(service.url) as askers:
                    _kill_worker(service, client)
                    wait_for(lambda: client.xlen(STREAM), what="Redis has rows")
                    _under_load()
                    assert client.ping()
                    redis.kill()
                    time.sleep(random.uniform(0, 1))  # noqa: S311  # any moment will do
                    redis.start()
                    askers.wait_for(len(askers.acknowledged) + 20)
                    _under_load()
                    service.process.kill()
                acknowledged += askers.acknowledged
                answers += askers.statuses
                os.killpg(service.process.pid, signal.SIGKILL)
                assert service.process.wait() == -signal.SIGKILL
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
