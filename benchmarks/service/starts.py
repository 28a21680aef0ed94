"""How long `make run` takes: from an empty clone, and when something is there already."""

from __future__ import annotations

import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Final

from benchmarks.service.bench import ROOT
from benchmarks.service.page import Section, Table, number
from benchmarks.side_by_side import Spread

from cli.stack.programs import Program
from cli.stack.supervise import Running
from config.loopback import HOST, free_ports

if TYPE_CHECKING:
    from pathlib import Path

SECOND_STARTS: Final = 3


def starts(folder: Path, findings: dict[str, Spread]) -> Section:
    """Clone, start, and start again with this and that taken away."""
    clone = folder / "clone"
    cloning = ["git", "clone", "--quiet", str(ROOT), str(clone)]
    subprocess.run(cloning, check=True)  # noqa: S603  # our own command line
    kernels = clone / "src" / "features" / "duel" / "__pycache__"
    first = _start(clone)
    again = Spread.of(_start(clone) for _ in range(SECOND_STARTS))
    shutil.rmtree(clone / "data")
    without_data = _start(clone)
    shutil.rmtree(clone / "data")
    for compiled in kernels.glob("kernels-*"):
        shutil.rmtree(compiled)
    without_both = _start(clone)
    findings["clone seconds"] = Spread.of([first])
    findings["second start seconds"] = again
    return Section(
        "Starts",
        (
            (
                "Seconds from `make run` to the first 200 of `/health/ready`. From an empty clone "
                "it makes the virtual environment too, from the package index or the installer's "
                "cache."
            ),
            Table(
                ("start", "s"),
                (
                    ("an empty clone", number(first)),
                    ("second start", number(again.middle)),
                    ("fresh data folder, kernels compiled", number(without_data)),
                    ("fresh data folder, kernels not compiled", number(without_both)),
                ),
            ),
        ),
    )


def _start(clone: Path) -> float:
    port = free_ports(1)[0]
    url = f"http://{HOST}:{port}"
    program = Program(
        "make run",
        ("make", "run"),
        f"{url}/health/ready",
        url,
        {"DEXWATCH_PORT": str(port)},
        folder=clone,
        stop_seconds=25,
        start_seconds=600,
    )
    running = Running(clone.parent)
    with running.until_the_end():
        began = time.perf_counter()
        running.start(program)
        running.wait_until_ready(program, tell=lambda _: None)
        return time.perf_counter() - began
