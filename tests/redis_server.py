"""A Redis of a test's own, which it may freeze, kill and start again."""

from __future__ import annotations

import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Self

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from tests.acceptance.service import free_port
from tests.programs import START_SECONDS, STOP_SECONDS, program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVERYSEC: Final = ("--appendonly", "yes", "--appendfsync", "everysec")


class RedisServer:
    """One server on loopback; its data stays in its folder from start to start."""

    def __init__(self, folder: Path, options: tuple[str, ...] = EVERYSEC) -> None:
        self._folder = folder
        self._options = options
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def running(cls, folder: Path, options: tuple[str, ...] = EVERYSEC) -> Iterator[Self]:
        """Run a server until the block ends."""
        folder.mkdir()
        server = cls(folder, options)
        server.start()
        try:
            yield server
        finally:
            server.stop()

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def client(self) -> Redis:
        """Give a client for the test's own questions."""
        return Redis.from_url(self.url, protocol=2)

    def start(self) -> None:
        """Start, and wait until it has read its data."""
        command = [program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--dir", str(self._folder), "--save", "", *self._options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_SECONDS
        with self.client() as client:
            while True:
                try:
                    client.ping()
                except RedisConnectionError:
                    assert self._process.poll() is None, (self._folder / "log").read_text()
                    assert time.monotonic() < deadline, (self._folder / "log").read_text()
                    time.sleep(0.02)
                else:
                    return

    def send(self, number: signal.Signals) -> None:
        """Send a signal, such as those that freeze and thaw."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it in order, if it still runs."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
