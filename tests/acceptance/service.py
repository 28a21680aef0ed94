"""The service as people run it: its own process, data folder and port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
import psutil
from tests import patient

from config.loopback import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT: Final = Path(__file__).parents[2]
START_SECONDS: Final = 240.0
"""Against one that hangs; `make bench` measures starts, where nobody else is at work."""
STOP_SECONDS: Final = 20.0


@dataclass(frozen=True)
class Service:
    """A running service."""

    url: str
    data_dir: Path
    log_path: Path
    process: subprocess.Popen[bytes]

    def log(self) -> str:
        """Give what it has printed so far, logs and progress alike."""
        return self.log_path.read_text(encoding="utf-8")

    @property
    def may_tell(self) -> dict[str, str]:
        """Give the headers that allow feedback."""
        return feedback_key(self.data_dir)

    def command(self, *words: str, **more: str) -> str:
        """Run a ``dexwatch`` command on the same data folder; give its output."""
        return subprocess.run(
            [sys.executable, "-m", "cli", *words],
            env=environment(self.data_dir, **more),
            check=True,
            capture_output=True,
            text=True,
        ).stdout


def copied(data_dir: Path, folder: Path) -> Path:
    """Copy a data folder, which no service uses meanwhile, into another folder."""
    subprocess.run(["cp", "--archive", data_dir, folder], check=True)
    return folder / data_dir.name


def environment(data_dir: Path, port: int | None = None, **more: str) -> dict[str, str]:
    """Make an environment in which nothing but the given settings is set.

    Questions made up at random are drift, and the retraining that it begins takes both cores for
    minutes: only who tests that lets it.
    """
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DEXWATCH_", "OTEL_", "MLFLOW_"))
    }
    settings = {"DEXWATCH_DATA_DIR": str(data_dir), "DEXWATCH_RETRAIN_ON_DRIFT": "false"}
    if port is not None:
        settings["DEXWATCH_PORT"] = str(port)
    return plain | settings | more


def feedback_key(data_dir: Path) -> dict[str, str]:
    """Give the headers that carry the key which a service has made for its own machine."""
    key = (data_dir / "keys" / "feedback").read_text(encoding="ascii").strip()
    return {"Authorization": f"Bearer {key}"}


def free_port() -> int:
    """Find a port that nobody listens on."""
    return free_ports(1)[0]


@contextmanager
def running(
    data_dir: Path,
    *,
    command: Sequence[str] = (sys.executable, "-m", "cli", "run"),
    cwd: Path = ROOT,
    variables: Mapping[str, str] | None = None,
    port: int | None = None,
) -> Iterator[Service]:
    """Run the service until the block ends; it must be ready in time and stop in order."""
    port = port or free_port()
    data_dir.mkdir(parents=True, exist_ok=True)
    log_path = data_dir / "service.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment(data_dir, port, **(variables or {})),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    service = Service(f"http://127.0.0.1:{port}", data_dir, log_path, process)
    try:
        wait_until_ready(service)
        yield service
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_ready(service: Service) -> None:
    """Wait for the first answer that says so; a service that ended says why in the error."""
    deadline = time.monotonic() + START_SECONDS
    # One client for all tries: making one takes more work than a starting service can spare.
    with patient.client(base_url=service.url, timeout=10) as client:
        while time.monotonic() < deadline:
            assert service.process.poll() is None, service.log()
            try:
                if client.get("/health/ready").status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
    raise AssertionError(f"not ready after {START_SECONDS:g} s:\n{service.log()}")


def children(service: Service, word: str, *, recursive: bool = False) -> list[psutil.Process]:
    """Find the living processes of a service whose command has a word."""
    found = []
    for child in psutil.Process(service.process.pid).children(recursive):
        # It may end while it is looked at.
        with suppress(psutil.NoSuchProcess):
            if child.status() != psutil.STATUS_ZOMBIE and word in child.cmdline():
                found.append(child)
    return found


def of_this_folder(data_dir: Path) -> list[str]:
    """List the command lines of the processes that work in a data folder."""
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = command.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            settings = command.with_name("environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(data_dir) in words + settings:
            found.append(words)
    return found


def tidy_up(data_dir: Path) -> None:
    """Start the service once more and stop it, after a kill that left its database running."""
    with running(data_dir) as service:
        pass  # takes the database over
    left = of_this_folder(service.data_dir)
    assert not left, left
