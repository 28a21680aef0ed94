"""A server that ends is started anew, unless it is to be stopped."""

from __future__ import annotations

import subprocess
import sys
import threading

from storage.embedded.supervision import Supervisor
from storage.errors import EmbeddedDatabaseError


def _program() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_a_start_that_fails_is_tried_again() -> None:
    """The server is there in the end, and stopped with its supervisor."""
    tries: list[subprocess.Popen[bytes] | None] = []
    started = threading.Event()

    def start() -> subprocess.Popen[bytes]:
        if not tries:
            tries.append(None)
            raise EmbeddedDatabaseError("the port is taken")
        tries.append(again := _program())
        started.set()
        return again

    first = _program()
    supervisor = Supervisor(first, start)
    first.kill()
    assert started.wait(10)
    supervisor.stop()
    assert tries[-1] is not None
    assert tries[-1].poll() is not None


def test_a_server_that_is_started_while_it_is_to_stop_is_stopped() -> None:
    """Whoever stops waits for the start under way, and leaves nothing running."""
    starting, stopping = threading.Event(), threading.Event()
    later: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        starting.set()
        stopping.wait(10)
        later.append(_program())
        return later[0]

    first = _program()
    supervisor = Supervisor(first, start)
    first.kill()
    assert starting.wait(10)
    stop = threading.Thread(target=supervisor.stop)
    stop.start()
    threading.Timer(0.3, stopping.set).start()
    stop.join(10)
    assert not stop.is_alive()
    assert later[0].poll() is not None
