"""Run all tests, those that mostly wait beside those that mostly work: half of the time.

Then those that measure, alone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

WAITING: Final = (
    "tests/stack",
    "tests/integration/alertmanager",
    "tests/integration/collector",
    "tests/acceptance/test_rehearsal.py",
    "tests/compose",
)
"""They wait for alerts to become due, messages to be sent, samples to arrive, images to be made."""
MEASURING: Final = "tests/benchmarks"
STOP_SECONDS: Final = 60.0


def main() -> int:
    """Print what the one run says as it comes, and what the other has said after that."""
    # Once for both; and a service that compiles for a minute before it answers is an outage to the
    # stack's alerts.
    subprocess.run([sys.executable, "-m", "cli", "compile"], check=True)  # our own program
    pytest = [sys.executable, "-m", "pytest", "--durations=25", "--durations-min=5"]
    # A folder of its own: a pytest that starts closes the usual one to other accounts, and so to
    # the embedded PostgreSQL of a pytest that is running.
    folder = Path(tempfile.mkdtemp(prefix="dexwatch-"))
    with (folder / "said").open("w+b") as said:
        waiting = subprocess.Popen(  # noqa: S603  # our own tests
            [*pytest, f"--basetemp={folder / 'tests'}", *WAITING],
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            ignored = [f"--ignore={path}" for path in (*WAITING, MEASURING)]
            working = subprocess.run([*pytest, *ignored], check=False)  # noqa: S603  # likewise
            waiting.wait()
        finally:
            # Ctrl-C in the terminal has reached it too: it puts its programs away.
            _end(waiting)
            said.seek(0)
            sys.stdout.flush()
            shutil.copyfileobj(said, sys.stdout.buffer)
    if waiting.returncode == 0:
        shutil.rmtree(folder)
    measuring = subprocess.run([*pytest, MEASURING], check=False)  # noqa: S603  # likewise
    return working.returncode or waiting.returncode or measuring.returncode


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
