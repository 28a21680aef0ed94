"""Real programs that tests drive: found, or the test is left out, and started on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import httpx
import pytest
from click import ClickException
from tests import patient

from cli.stack.programs import program_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT: Final = Path(__file__).parents[1]
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 15.0


def program(name: str) -> str:
    """Give a program's path; without it the test is left out, or fails where ``CI`` is set."""
    for folder in (Path(sys.executable).parent, ROOT / "build" / "tools"):
        if (folder / name).is_file():
            return str(folder / name)
    try:
        return program_path(name, ROOT)
    except ClickException as error:
        leave_out(error.message)


def leave_out(reason: str) -> NoReturn:
    """Leave the test out for what is missing here, or fail it where ``CI`` is set."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def started(
    command: Sequence[str],
    log_path: Path,
    ready_url: str,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends; the block begins once it answers."""
    with log_path.open("ab") as log:
        process = subprocess.Popen(  # our own command lines
            command,
            env={**os.environ, **(environment or {})},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_ready(process, ready_url, log_path)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_ready(process: subprocess.Popen[bytes], url: str, log_path: Path) -> None:
    """Wait until ``url`` answers 200."""
    deadline = time.monotonic() + START_SECONDS
    # One client for all tries: making one takes more work than what is waited for can spare.
    with patient.client(timeout=10) as client:
        while time.monotonic() < deadline:
            assert process.poll() is None, log_path.read_text(errors="replace")
            try:
                if client.get(url).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
    raise AssertionError(f"{url} is not ready:\n{log_path.read_text(errors='replace')}")
