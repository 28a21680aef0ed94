"""Load tests as people run them: Locust against the real service, with thresholds that fail."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.acceptance.service import ROOT, environment

if TYPE_CHECKING:
    from tests.acceptance.service import Service


@pytest.mark.parametrize(("tightened", "outcome"), [("1", 0), ("1e6", 1)])
def test_thresholds_hold_and_can_fail(service: Service, tightened: str, outcome: int) -> None:
    """All scenarios are answered in time; a limit that nobody can keep ends the run with 1."""
    command = (
        *(sys.executable, "-m", "tests.load", "--host", service.url, "--peak", "16"),
        *("--calm", "3", "--seconds", "5", "--tightened", tightened),
    )
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(service.data_dir),
        capture_output=True,
        check=False,
        text=True,
    )
    assert ran.returncode == outcome, ran.stdout + ran.stderr
    assert ("BROKEN" in ran.stdout) == bool(outcome)
    for scenario in ("player", "batch", "browser", "hostile"):
        assert f"\n{scenario} " in ran.stdout
