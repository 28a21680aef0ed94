"""Captured predictions as an operator meets them: a worker beside the service, and replay."""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING

import polars as pl
import psutil
import pytest
from click.testing import CliRunner
from tests import patient
from tests.acceptance.service import children, environment, running, tidy_up
from tests.redis_server import RedisServer
from tests.waiting import wait_for

from capture.prediction_id import new_prediction_id
from cli.main import dexwatch

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.service import Service

QUESTION = {
    "pokemon_a_id": 9,
    "pokemon_b_id": 3,
    "available_moves": ["Surf", "Ice Beam", "Tackle"],
    "available_moves_b": ["Razor Leaf", "Body Slam"],
}


def _ask(service: Service) -> str:
    answer = patient.post(
        f"{service.url}/predict/best-move", json=QUESTION, timeout=patient.AT_ONCE_SECONDS
    )
    prediction_id: str = answer.raise_for_status().json()["prediction_id"]
    return prediction_id


def _worker(service: Service) -> psutil.Process | None:
    return next(iter(children(service, "worker")), None)


def _doctor(service: Service) -> tuple[int, str]:
    port = int(service.url.rpartition(":")[2])
    done = CliRunner().invoke(dexwatch, ["doctor"], env=environment(service.data_dir, port))
    return done.exit_code, done.output


def _replay(data_dir: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(dexwatch, ["replay", *words], env=environment(data_dir))
    return done.exit_code, done.output


def test_a_worker_runs_beside_the_service(data_dir: Path) -> None:
    """It is started with the service, started anew when it is killed, and ends with it."""
    with running(data_dir) as service:
        wait_for(lambda: _worker(service))
        wait_for(lambda: _doctor(service)[0] == 0)
        _ask(service)
        said = _doctor(service)[1]
        assert "1 rows wait" in said
        assert re.search(r"database +embedded PostgreSQL; schema and dex \w+ are up to date", said)
        assert re.search(r"journals +1 in use, 0\.0 MiB in all\n", said)
        assert re.search(r"set aside +nothing\n", said)
        assert re.search(r"worker +runs; nothing was compacted yet\n", said)
        first = _worker(service)
        assert first is not None
        assert first.nice() > psutil.Process(service.process.pid).nice()
        first.kill()
        wait_for(lambda: (now := _worker(service)) is not None and now.pid != first.pid)
        second = _worker(service)
    assert second is not None
    assert not second.is_running()


def test_no_process_of_ours_outlives_a_killed_service(data_dir: Path) -> None:
    """Worker, writer and what asks the registry end with who started them, however that ended."""
    with running(data_dir) as service:
        wait_for(lambda: _worker(service))
        ours = children(service, "-m", recursive=True)
        service.process.kill()
        service.process.wait()
        _, alive = psutil.wait_procs(ours, timeout=20)
        assert not alive
    tidy_up(data_dir)


def test_one_prediction_can_be_looked_at_again(data_dir: Path) -> None:
    """By its id, in the journal and later in its file: its row, its trace, and the same answer."""
    with running(data_dir) as service:
        prediction_id = _ask(service)
        assert list((data_dir / "journal").glob("*/*.journal"))
        status, waiting = _replay(data_dir, "--id", prediction_id)
        assert status == 0, waiting
    status, kept = _replay(data_dir, "--id", prediction_id)
    assert status == 0, kept
    assert kept == waiting
    assert "surf, ice-beam, tackle" in kept
    assert re.search(r"^trace +[0-9a-f]{32} \(Grafana", kept, re.MULTILINE)
    assert "the same answer, from the same features" in kept


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--id", "abc"], "is no id"), (["--id", new_prediction_id()], "nothing was captured")],
)
def test_what_is_not_there_is_said(data_dir: Path, words: list[str], said: str) -> None:
    """An id that is none, and one of which nothing was captured, are errors."""
    status, output = _replay(data_dir, *words)
    assert status == 1
    assert said in output


def test_replay_finishes_what_a_kill_left(data_dir: Path) -> None:
    """Rows of a killed service are written by hand, once; again there is nothing to do."""
    with running(data_dir) as service:
        asked = [_ask(service) for _ in range(3)]
        wait_for(lambda: _worker(service))
        worker = _worker(service)
        assert worker is not None
        os.killpg(service.process.pid, signal.SIGKILL)
        service.process.wait()
        psutil.wait_procs([worker], timeout=20)
    status, said = _doctor(service)
    assert status == 1
    assert re.search(r"FAIL +journals .* 1 left behind with 3 rows: .*`dexwatch replay`", said)
    assert re.search(r"FAIL +worker +none runs", said)

    assert _replay(data_dir)[1].splitlines() == [
        "1 journals left behind: 3 rows, 3 written, 0 in files already"
    ]
    assert _replay(data_dir)[1].startswith("0 journals left behind: 0 rows")
    for prediction_id in asked:
        assert _replay(data_dir, "--id", prediction_id)[0] == 0
    tidy_up(data_dir)


def _delivered(redis: RedisServer) -> int:
    """Count the rows of the stream that a worker has and no file."""
    groups = redis.client().xinfo_groups("dexwatch:predictions")
    return sum(group["pending"] for group in groups)


def test_with_a_stream_the_worker_writes_what_the_service_hands_over(
    data_dir: Path, tmp_path: Path
) -> None:
    """The log says which way a row went; feedback and replay find it on that way at once."""
    with RedisServer.running(tmp_path / "redis") as redis:
        variables = {"DEXWATCH_REDIS_URL": redis.url}
        with running(data_dir, variables=variables) as service:
            prediction_id = _ask(service)
            assert redis.client().xlen("dexwatch:predictions") == 1
            found = CliRunner().invoke(
                dexwatch,
                ["replay", "--id", prediction_id],
                env=environment(data_dir, **variables),
            )
            assert found.exit_code == 0, found.output
            wait_for(lambda: redis.client().xinfo_groups("dexwatch:predictions"))
            doctor = CliRunner().invoke(
                dexwatch, ["doctor"], env=environment(data_dir, **variables)
            )
            assert re.search(r"ok +stream +1 rows, the oldest for \d+ s", doctor.output)
            told = {"prediction_id": prediction_id, "winner": "A"}
            url, may_tell = f"{service.url}/feedback", service.may_tell
            assert patient.post(url, json=told, headers=may_tell).is_success
            redis.kill()
            again = _ask(service)
            capture = patient.get(f"{service.url}/health").json()["components"]["capture"]
            assert capture["state"] == "degraded"
            assert "Redis does not answer, rows wait in the journal" in capture["detail"]
            redis.start()
            # The worker holds both, and writes them when it is told to end.
            wait_for(lambda: _delivered(redis) == 2)
        log = service.log()
        assert re.search(r"production data: \d rows? handed to stream", log)
        assert "production data: 2 rows written to production_data_" in log
    written = set(pl.read_parquet(data_dir / "production/*.parquet")["prediction_id"])
    assert {prediction_id, again} <= written
