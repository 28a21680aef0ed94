"""Run all tests: those that mostly wait beside those that mostly work, which takes half the time.

Then those that measure, alone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

BESIDE: Final = {
    "alerts": (
        "tests/integration/alertmanager",
        "tests/integration/collector",
        *(
            f"tests/acceptance/test_{what}.py"
            for what in ("kills", "stream_kills", "workers", "production_data")
        ),
        "tests/stack",
    ),
    "lives": (
        "tests/acceptance/test_run.py",
        "tests/acceptance/test_stack.py",
        "tests/acceptance/test_changes.py",
        "tests/acceptance/test_rehearsal.py",
        "tests/acceptance/test_ui.py",
        "tests/acceptance/test_ui_pages.py",
        "tests/compose",
    ),
}
"""They mostly wait: for alerts to become due, messages to be sent, samples to arrive; for a model's
life to pass from drift to rollback, and for containers to start and stop. The rest makes the rows
equally long, and comes before those whose whole stack stays until the last test."""
MEASURING: Final = (
    "tests/benchmarks",
    "tests/integration/storage/test_embedded.py",
    *(f"tests/acceptance/test_{what}.py" for what in ("hostile", "load", "reloads", "stops")),
)
"""They hold something to a time, which other tests beside them would take."""
STOP_SECONDS: Final = 60.0

_PYTEST: Final = (sys.executable, "-m", "pytest", "--durations=25", "--durations-min=5")


def main() -> int:
    """Print what the one run says as it comes, and what the others have said after that."""
    # Once for all; and a service that compiles for a minute before it answers is an outage to the
    # stack's alerts.
    subprocess.run([sys.executable, "-m", "cli", "compile"], check=True)  # our own program
    # A folder of its own: a pytest that starts closes the usual one to other accounts, and so to
    # the embedded PostgreSQL of a pytest that is running.
    folder = Path(tempfile.mkdtemp(prefix="dexwatch-"))
    with ExitStack() as ending:
        beside = [
            ending.enter_context(_running(folder / name, paths)) for name, paths in BESIDE.items()
        ]
        elsewhere = [path for paths in BESIDE.values() for path in paths]
        working = _run(*(f"--ignore={path}" for path in (*elsewhere, *MEASURING)))
        for one in beside:
            one.wait()
    codes = [working, *(one.returncode for one in beside)]
    if not any(codes):
        shutil.rmtree(folder)
    return int(any((*codes, _run(*MEASURING))))


def _run(*words: str) -> int:
    return subprocess.run([*_PYTEST, *words], check=False).returncode  # noqa: S603  # our own tests


@contextmanager
def _running(folder: Path, paths: tuple[str, ...]) -> Iterator[subprocess.Popen[bytes]]:
    """Run tests, and print what they have said once the block has ended."""
    folder.mkdir()
    with (folder / "said").open("w+b") as said:
        process = subprocess.Popen(  # noqa: S603  # our own tests
            [*_PYTEST, f"--basetemp={folder / 'tests'}", *paths],
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            # Ctrl-C in the terminal has reached it too: it puts its programs away.
            _end(process)
            said.seek(0)
            sys.stdout.flush()
            shutil.copyfileobj(said, sys.stdout.buffer)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
