"""The process beside the service is started anew, whatever ends it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.waiting import wait_for

from cli import companion
from cli.companion import Companion

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def _program(folder: Path, code: str) -> tuple[Path, Path]:
    """Write a program that leaves a line in a file with each run; give both."""
    path, runs = folder / "program", folder / "runs"
    runs.touch()
    path.write_text(f"#!/bin/sh\necho run >> {runs}\n{code}\n")
    path.chmod(0o755)
    return path, runs


def _count(runs: Path) -> int:
    return len(runs.read_text().splitlines())


def test_a_companion_that_cannot_be_started_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told, and the companion runs once the machine lets it."""
    monkeypatch.setattr(companion, "FIRST_PAUSE_SECONDS", 0.05)
    program, runs = _program(tmp_path, "exec sleep 600")
    away = tmp_path / "away"
    shutil.move(program, away)
    with Companion([str(program)]):
        wait_for(lambda: "the background worker could not be started" in caplog.text)
        shutil.move(away, program)
        wait_for(lambda: _count(runs))


def test_steady_runs_are_followed_by_short_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many exits there were before: fourteen pauses that double would take minutes."""
    monkeypatch.setattr(companion, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(companion, "LONGEST_PAUSE_SECONDS", 3600.0)
    monkeypatch.setattr(companion, "STEADY_SECONDS", 0.0, raising=False)
    program, runs = _program(tmp_path, "exit 3")
    with Companion([str(program)]):
        wait_for(lambda: _count(runs) > 14)
