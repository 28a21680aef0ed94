"""Serving processes are started anew, also when that does not succeed at once."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
from typing import TYPE_CHECKING

import click
import pytest
from tests.waiting import until

from cli.workers import Workers
from config.settings import ServerSettings
from telemetry.in_memory import InMemoryTelemetry
from telemetry.instruments import WorkerInstruments

if TYPE_CHECKING:
    from pathlib import Path

_WORKER = """#!{python}
import os, sys, time
from pathlib import Path

os.write(int(sys.argv[sys.argv.index("--lifeline") + 1]), b"r")
with Path("{runs}").open("a") as runs:
    runs.write("run\\n")
while not Path("{end}").exists():
    time.sleep(0.05)
sys.exit(3)
"""
"""Says that it serves, as ours do, and exits once it finds a file."""


def _workers(listener: socket.socket) -> Workers:
    memory = InMemoryTelemetry.create()
    return Workers(
        ServerSettings(workers=1),
        listener,
        WorkerInstruments.create(memory.telemetry.signals),
        environment=dict(os.environ),
        started_at=0,
        started=lambda: None,
        stopping=lambda: None,
    )


async def test_a_worker_that_cannot_be_started_anew_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The service does not end with it, and serves again once the machine lets it."""
    program, away = tmp_path / "python", tmp_path / "away"
    runs, end = tmp_path / "runs", tmp_path / "end"
    runs.touch()
    program.write_text(_WORKER.format(python=sys.executable, runs=runs, end=end))
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = asyncio.create_task(_workers(listener).run())
        await until(lambda: running.done() or runs.read_text())
        shutil.move(program, away)
        end.touch()
        await until(lambda: running.done() or "could not be started" in caplog.text)
        assert not running.done()
        end.unlink()
        shutil.move(away, program)
        await until(lambda: len(runs.read_text().splitlines()) > 1)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(running, 60)
    assert "serving process 0 exited with status 3 and is started anew in" in caplog.text


async def test_a_service_whose_first_worker_cannot_be_started_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And says why: what keeps the first from starting keeps them all."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        pytest.raises(click.ClickException, match="could not be started; see above"),
    ):
        await _workers(listener).run()
    assert "serving process 0 could not be started ([Errno 2]" in caplog.text
