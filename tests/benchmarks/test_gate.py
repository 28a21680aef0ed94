"""The gate, on the real service: `make bench-gate`."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from benchmarks.service import page, recorded_code
from benchmarks.service.gate import LATENCY, lost
from benchmarks.service.recorded_code import NoRecordedCodeError
from benchmarks.side_by_side import Spread
from tests.programs import ROOT, program
from tests.waiting import LONGEST_SECONDS, wait_for

if TYPE_CHECKING:
    from pathlib import Path

SLOW = """
import time
from pathlib import Path
from cli.stopping import stop_in_order

stop_in_order()
Path("begun").touch()
try:
    time.sleep(60)
finally:
    Path("ended").touch()
"""
WHERE = "from importlib.util import find_spec; print(find_spec('cli.code').origin)"


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


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Make a repository whose code has changed since its record was made."""
    root = tmp_path / "repository"
    commit = ("commit", "--quiet", "--message", "Change it")
    author = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    files = {
        "benchmarks/recorded.json": "{}",
        "benchmarks/where.py": WHERE,
        **dict.fromkeys(("src/cli/__init__.py", "src/cli/code.py"), ""),
    }
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    for words in (("init", "--quiet"), ("add", "."), commit):
        subprocess.run(("git", *author, *words), cwd=root, check=True)
    (root / "src/cli/code.py").write_text("slower = True")
    subprocess.run(("git", *author, *commit, "--all"), cwd=root, check=True)
    return root


def test_the_recorded_code_is_what_the_record_came_with(history: Path, tmp_path: Path) -> None:
    """Without what was changed since; it runs from the folder that it is put into."""
    code = recorded_code.unpacked(tmp_path / "recorded", history)
    assert not (code / "src/cli/code.py").read_text()
    assert recorded_code.run(code, "benchmarks.where") == f"{code}/src/cli/code.py\n"


def test_who_is_ended_meanwhile_ends_the_recorded_code_in_order(tmp_path: Path) -> None:
    """It is asked to end, so that it can end what it has started."""
    (tmp_path / "slow.py").write_text(SLOW)
    program = (
        "import sys; from pathlib import Path; from benchmarks.service import recorded_code\n"
        "from cli.stopping import stop_in_order; stop_in_order()\n"
        "recorded_code.run(Path(sys.argv[1]), 'slow')"
    )
    running = subprocess.Popen([sys.executable, "-c", program, tmp_path], cwd=ROOT)
    wait_for((tmp_path / "begun").exists)
    running.terminate()
    assert running.wait(LONGEST_SECONDS)
    assert (tmp_path / "ended").exists()


def test_recorded_code_that_measures_something_else_decides_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Beside ratios that it does not give, none could be lost."""
    monkeypatch.setattr(recorded_code, "run", lambda *_: "| other | 0.3 | 0.2 to 0.4 |")
    with pytest.raises(NoRecordedCodeError, match="nothing of mine"):
        recorded_code.measured_again(tmp_path, {"mine", "other"})


def test_part_of_a_history_is_not_taken_for_the_record(history: Path, tmp_path: Path) -> None:
    """There the only commit would seem to have brought it, and the code would be held to itself."""
    command = ("git", "clone", "--quiet", "--depth", "1", f"file://{history}", tmp_path / "part")
    subprocess.run(command, check=True)
    with pytest.raises(NoRecordedCodeError, match="a part of its history"):
        recorded_code.unpacked(tmp_path / "recorded", tmp_path / "part")


def test_what_the_recorded_code_prints_is_read() -> None:
    """Of the page's own section for the gate."""
    (section,) = [one for one in page.read().sections if one.title == "The gate's ratios"]
    middles = {name: one.middle for name, one in page.read().ratios.items()}
    read = recorded_code.ratios_in(f"progress\n\n{section.markdown()}\n")
    assert {name: one.middle for name, one in read.items()} == pytest.approx(middles, rel=0.05)


@pytest.mark.timeout(1200)
def test_nothing_has_become_slower() -> None:
    """The main ratios are within a fifth of those in docs/benchmarks.md.

    Or of those that the recorded code has here and now.
    """
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
