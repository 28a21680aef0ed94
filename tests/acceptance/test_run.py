"""`make run`, as a newcomer, an impatient one and a careless one use it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from tests import patient
from tests.acceptance.service import (
    ROOT,
    STOP_SECONDS,
    environment,
    free_port,
    of_this_folder,
    running,
)
from tests.waiting import ALLOWANCE_SECONDS, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.service import Service

RUN = [sys.executable, "-m", "cli", "run"]


@pytest.mark.timeout(600)
def test_a_clean_clone_serves_with_one_command(tmp_path: Path) -> None:
    """Git clone and `make run`, in a path with a space: a prediction, and an end in order."""
    clone = tmp_path / "a clean clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    began = time.monotonic()
    with running(clone / "data", command=["make", "run"], cwd=clone) as service:
        body = {"pokemon_a_id": 1, "pokemon_b_id": 25, "available_moves": ["Surf"]}
        answer = patient.post(f"{service.url}/predict/best-move", json=body)
        assert answer.status_code == 200
        assert (clone / "api_pokemon" / "monitoring" / "drift_data").is_dir()
        print(f"clean clone to first prediction: {time.monotonic() - began:.1f} s")  # noqa: T201  # the number that is asked for
    assert "stopped" in service.log()
    assert not of_this_folder(service.data_dir)
    began = time.monotonic()
    with running(clone / "data", command=["make", "run"], cwd=clone) as service:
        print(f"second start: {time.monotonic() - began:.1f} s")  # noqa: T201  # likewise
        assert "dex up to date" in service.log()
        assert "cached" in service.log()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_in_order(data_dir: Path, number: signal.Signals) -> None:
    """Ctrl-C, which reaches the whole group, and SIGTERM both end all that was started."""
    with running(data_dir) as service:
        body = {"pokemon_a_id": 1, "pokemon_b_id": 25, "available_moves": ["Surf"]}
        for _ in range(3):
            patient.post(f"{service.url}/predict/best-move", json=body).raise_for_status()
        if number == signal.SIGINT:
            os.killpg(service.process.pid, number)
        else:
            service.process.send_signal(number)
        assert service.process.wait(STOP_SECONDS) == 0
    assert "production data: 3 rows written" in service.log()
    assert service.log().rstrip().endswith("stopped")
    assert "Traceback" not in service.log()
    assert not of_this_folder(service.data_dir)


def test_an_end_while_it_still_prepares_leaves_nothing(tmp_path: Path) -> None:
    """SIGTERM in the middle of the first preparations stops PostgreSQL too."""
    data_dir = tmp_path / "data"
    process = subprocess.Popen(
        RUN, env=environment(data_dir, free_port()), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "model" in line:
            break
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=STOP_SECONDS)
    assert process.returncode == 128 + signal.SIGTERM
    # What had only just begun learns a moment later that nobody waits for it.
    wait_for(lambda: not of_this_folder(data_dir), 2 * ALLOWANCE_SECONDS, "nothing is left")


def test_a_taken_port_is_one_clear_line(service: Service, tmp_path: Path) -> None:
    """The port is tried first: no preparation runs, and the error names port and cure."""
    port = int(service.url.rpartition(":")[2])
    said = _refused(environment(tmp_path / "other", port))
    assert said.count("\n") == 1
    assert f":{port}" in said
    assert "DEXWATCH_PORT" in said


def test_a_second_service_on_the_same_data_is_one_clear_line(service: Service) -> None:
    """The data folder belongs to one service at a time, and the first goes on."""
    said = _refused(environment(service.data_dir, free_port()))
    assert said.count("\n") == 1
    assert "already runs" in said
    assert patient.get(f"{service.url}/health/ready").status_code == httpx.codes.OK


@pytest.mark.parametrize(
    ("variable", "value"), [("DEXWATCH_PORT", "eighty"), ("DEXWATCH_PROT", "8000")]
)
def test_a_wrong_variable_stops_the_start(tmp_path: Path, variable: str, value: str) -> None:
    """A wrong or unknown setting is one line that names it."""
    said = _refused(environment(tmp_path, **{variable: value}))
    assert said.count("\n") == 1
    assert variable in said


def _refused(variables: dict[str, str]) -> str:
    """Start where it must not start; give what is said on standard error."""
    ended = subprocess.run(RUN, env=variables, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    return ended.stderr
