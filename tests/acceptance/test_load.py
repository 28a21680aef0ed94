"""Load tests as people run them: Locust against the real service, with thresholds that fail."""

from __future__ import annotations

import re
import subprocess
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.acceptance.service import ROOT, copied, environment, free_port, running
from tests.load.__main__ import soaked
from tests.stand_in import answering
from tests.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.service import Service


@pytest.fixture(scope="module")
def service(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run a service for these tests alone: what they ask at random is drift to others."""
    with running(copied(prepared, tmp_path_factory.mktemp("loaded"))) as started:
        yield started


@pytest.mark.parametrize(("tightened", "outcome"), [("1", 0), ("1e6", 1)])
def test_thresholds_hold_and_can_fail(
    service: Service, tmp_path: Path, tightened: str, outcome: int
) -> None:
    """All scenarios are answered in time; a limit that nobody can keep ends the run with 1.

    The key for feedback is found where it is said to be, as for a service with its data elsewhere.
    """
    command = (
        *(sys.executable, "-m", "tests.load", "--host", service.url, "--peak", "16"),
        *("--calm", "3", "--seconds", "5", "--tightened", tightened),
    )
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(
            tmp_path, DEXWATCH_FEEDBACK_KEY_FILE=str(service.data_dir / "keys" / "feedback")
        ),
        capture_output=True,
        check=False,
        text=True,
    )
    assert ran.returncode == outcome, ran.stdout + ran.stderr
    assert ("BROKEN" in ran.stdout) == bool(outcome)
    for scenario in ("player", "batch", "browser", "hostile"):
        assert f"\n{scenario} " in ran.stdout


def test_a_failure_is_told_with_its_trace() -> None:
    """Of the first ten requests that fail, the trace that each began is printed, and its page."""
    traced = {"traceresponse": f"00-{'1' * 32}-{'2' * 16}-01"}
    with answering(HTTPStatus.INTERNAL_SERVER_ERROR, b"", traced) as broken:
        ran = subprocess.run(
            (
                *(sys.executable, "-m", "tests.load", "--peak", "8", "--calm", "1"),
                *("--host", broken.url, "--seconds", "2"),
                *("--grafana", "http://grafana.example.org"),
            ),
            cwd=ROOT,
            capture_output=True,
            check=False,
            text=True,
        )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    told = re.findall(r" failed: 500; trace (\w{32}) (\S+)$", ran.stderr, re.MULTILINE)
    assert len(told) == 10
    assert {trace for trace, _ in told} <= {
        asked["traceparent"].split("-")[1] for asked in broken.asked
    }
    for trace, page in told:
        assert page.startswith("http://grafana.example.org/explore?")
        assert trace in page


def test_a_soak_tells_what_each_process_gains(
    service: Service, capfd: pytest.CaptureFixture[str]
) -> None:
    """A line for service, worker and writer, and an exit code that says what the lines say."""
    code = soaked(service, 4, 0.25, "--calm", "1")
    said = capfd.readouterr().out  # Locust's words too
    for process in ("cli run", "cli worker", "capture.writing"):
        assert re.search(rf"\d MB .* MB/h .*{process}", said), said
    assert code == int("BROKEN" in said)


def test_locusts_page_starts_and_counts_users(service: Service) -> None:
    """What its form sends starts the chosen shape against the service; it ends when it is told."""
    port = free_port()
    web = subprocess.Popen(
        (
            *(sys.executable, "-m", "tests.load", "--web", "--web-port", str(port)),
            *("--host", service.url, "--calm", "1"),
        ),
        cwd=ROOT,
        env=environment(service.data_dir),
    )
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as page:
        try:
            wait_for(lambda: _answers(page))
            assert "load_shape" in page.get("/").text
            form = {"load_shape": "spike", "peak": "8", "seconds": "20", "host": service.url}
            assert page.post("/swarm", data=form).json()["success"]
            wait_for(lambda: page.get("/stats/requests").json()["total_rps"] > 0)
            assert page.get("/stats/requests").json()["fail_ratio"] == 0
        finally:
            web.terminate()
            web.wait(20)
        assert not _answers(page)


def _answers(page: httpx.Client) -> bool:
    try:
        return page.get("/").is_success
    except httpx.TransportError:
        return False
