"""The server's main process: started, waited for, stopped, and cleared away when left over."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from storage.errors import EmbeddedDatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable

_READY: Final = "ready"
_LOOK_SECONDS: Final = 0.01
# Fast: sessions are ended and the data is written. Then at once: it recovers at the next start.
_WAYS_TO_STOP: Final = ((signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


@dataclass(frozen=True, slots=True)
class PidFile:
    """What ``postmaster.pid`` says."""

    pid: int
    ready: bool

    @classmethod
    def read(cls, cluster: Path) -> PidFile | None:
        """Read the file; None when there is none, or it is being written."""
        try:
            lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            return cls(int(lines[0]), ready=lines[7:8] != [] and lines[7].strip() == _READY)
        except (FileNotFoundError, ValueError, IndexError):
            return None


def wait_until_ready(process: subprocess.Popen[bytes], cluster: Path, seconds: float) -> bool:
    """Wait until the server answers; False when it has ended instead.

    Raises:
        EmbeddedDatabaseError: it does neither in time.

    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return False
        found = PidFile.read(cluster)
        if found is not None and found.ready and found.pid == process.pid:
            return True
        time.sleep(_LOOK_SECONDS)
    raise EmbeddedDatabaseError(f"PostgreSQL did not become ready within {seconds:.0f} s")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a server of ours.

    Raises:
        EmbeddedDatabaseError: it does not end.

    """

    def ended(seconds: float) -> bool:
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        return process.returncode is not None

    if process.poll() is None:
        _stop(process.send_signal, ended)


def clear_left_over(cluster: Path) -> bool:
    """Stop a server whose starter was killed, and say whether there was one.

    It is not taken over: the new one is ours to wait for, with this release's settings. The caller
    holds the folder's lock, so nobody is using it.

    Raises:
        EmbeddedDatabaseError: it does not end.

    """
    found = PidFile.read(cluster)
    if found is None:
        return False
    if not _runs_in(found.pid, cluster):
        # After a restart of the machine the number may be another program's, and PostgreSQL would
        # refuse to start beside it.
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        return False

    def ended(seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while _runs_in(found.pid, cluster):
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_SECONDS)
        return True

    def send(number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(found.pid, number)

    _stop(send, ended)
    return True


def _stop(send: Callable[[int], None], ended: Callable[[float], bool]) -> None:
    for number, seconds in _WAYS_TO_STOP:
        send(number)
        if ended(seconds):
            return
    raise EmbeddedDatabaseError("PostgreSQL does not end")


def _runs_in(pid: int, cluster: Path) -> bool:
    """Say whether a process is a server of this cluster: its working folder tells."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cwd").samefile(cluster)
        except OSError:
            return False
    listed = subprocess.run(  # noqa: S603  # a fixed program, a number
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return str(cluster) in listed.stdout
