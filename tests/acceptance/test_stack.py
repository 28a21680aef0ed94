"""`dexwatch stack`: everything starts, says where, and ends together."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
from tests import patient
from tests.acceptance.reader import Reader
from tests.acceptance.service import ROOT, environment
from tests.acceptance.test_tutorials import STACK
from tests.programs import program
from tests.waiting import wait_for

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = {
    *("api", "ui", "otel-collector", "prometheus", "alertmanager", "node-exporter", "mlflow"),
}
START_SECONDS = 180
END_SECONDS = 5
"""For processes whose parent has ended already."""


def test_the_stack_comes_up_and_goes_down_together(data_dir: Path, tmp_path: Path) -> None:
    """It prints a URL for each program, each of them answers, and SIGTERM leaves none behind."""
    for name in ("prometheus", "prometheus-alertmanager", "prometheus-node-exporter"):
        program(name)
    program("otelcol-dexwatch")
    log = tmp_path / "stack.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "stack", "--free-ports"],
            env=environment(data_dir),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while "everything is up" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        urls = dict(re.findall(r"^(\S+) +(http://\S+)", log.read_text(), re.MULTILINE))
        assert set(urls) == PROGRAMS
        for name in PROGRAMS - {"otel-collector"}:
            assert patient.get(urls[name], follow_redirects=True).status_code == 200
        # What the collector answers on its port for OTLP to who only looks.
        assert patient.get(f"{urls['otel-collector']}/v1/traces").status_code == 405
        _follow_the_tour(urls, data_dir.parent)
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) > len(PROGRAMS)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert status == 128 + signal.SIGTERM, log.read_text()
    wait_for(lambda: not any(map(_lives, children)), END_SECONDS, "none is left")


def _follow_the_tour(urls: dict[str, str], folder: Path) -> None:
    """See the trace of a question and its count in Prometheus, as docs/tutorials/tour.md says."""
    here = {
        "http://localhost:8000": urls["api"].removesuffix("/docs"),
        "http://localhost:9090": urls["prometheus"],
    }
    reader = Reader("docs/tutorials/tour.md", folder, here)
    printed = reader.follow(reader.text.partition(STACK)[2])
    for span in ("POST /predict/best-move", "features", "predict", "capture"):
        assert f" ms  {span}\n" in printed
    assert '"model_predictions_total"' in printed


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
