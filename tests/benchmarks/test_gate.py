"""The gate, on the real service: `make bench-gate`."""

from __future__ import annotations

import subprocess
import sys

import pytest
from benchmarks.service.gate import LATENCY, lost
from benchmarks.side_by_side import Spread
from tests.programs import ROOT, program


def test_a_ratio_is_lost_by_more_than_a_fifth() -> None:
    """A fifth less is noise, more is a loss, and so is a ratio that nobody measures any more."""
    before = {name: Spread.of([0.5]) for name in ("same", "noise", "lost", "gone", LATENCY)}
    now = {
        "same": Spread.of([0.5]),
        "noise": Spread.of([0.1, 0.41, 0.9]),
        "lost": Spread.of([0.1, 0.39, 0.9]),
        LATENCY: Spread.of([0.1, 0.1, 0.41]),
    }
    assert lost(before, now) == ["lost", "gone"]
    assert LATENCY in lost(before, {LATENCY: Spread.of([0.1, 0.1, 0.39])})


@pytest.mark.timeout(600)
def test_nothing_has_become_slower() -> None:
    """The main ratios are within a fifth of those in docs/benchmarks.md."""
    for name in ("wrk", "prometheus", "otelcol-dexwatch"):
        program(name)
    measured = subprocess.run(
        [sys.executable, "-m", "benchmarks.service", "--compact"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    print(measured.stdout)  # noqa: T201  # the numbers that are asked for
    assert measured.returncode == 0, measured.stdout + measured.stderr
