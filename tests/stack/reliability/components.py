"""What the service relies on beside itself, as programs that are stopped, frozen and restarted."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import psutil
from tests.acceptance.service import free_port

from cli.stack.programs import Program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.redis_server import RedisServer

    from cli.stack.supervise import Running
    from storage.embedded import EmbeddedPostgres

EMBEDDED: Final = "PostgreSQL, embedded"
FAULTS: Final = ("stopped", "frozen", "restarted")
ALERTS: Final = {
    "PostgreSQL": "DatabaseDown",
    "Collector": "CollectorDown",
    "Redis": "StreamAway",
    "MLflow": "RegistryFailing",
    EMBEDDED: "DatabaseDown",
}
"""Each component, and the alert that names it."""


@dataclass(frozen=True)
class Component:
    """A running program."""

    name: str
    pid: Callable[[], int]
    stop: Callable[[], object]
    start: Callable[[], object]
    """Returns once it is ready."""

    @property
    def alert(self) -> str:
        """The alert that names it."""
        return ALERTS[self.name]

    def freeze(self) -> None:
        """Let it and whatever it has started stand still: connections stay, and nobody answers."""
        for process in self._processes():
            process.suspend()

    def thaw(self) -> None:
        """Let it go on."""
        for process in self._processes():
            process.resume()

    def _processes(self) -> list[psutil.Process]:
        own = psutil.Process(self.pid())
        return [own, *own.children(recursive=True)]


def postgresql(server: EmbeddedPostgres, cleanup: ExitStack) -> tuple[Component, str]:
    """Give a server that belongs to nobody but the test, and the URL of its owner."""
    holding = cleanup.enter_context(ExitStack())

    def start() -> str:
        return holding.enter_context(server.started()).owner

    def pid() -> int:
        assert server.pid is not None
        return server.pid

    url = start()
    return Component("PostgreSQL", pid, holding.close, start), url


def embedded(server: EmbeddedPostgres) -> Component:
    """Give the server that the service itself runs, and starts again when it is killed."""

    def pid() -> int:
        assert server.pid is not None
        return server.pid

    killed: list[int] = []

    def kill() -> None:
        killed.append(pid())
        os.kill(killed[-1], signal.SIGKILL)

    def wait_for_another() -> None:
        while server.pid in {None, *killed} or server.running() is None:
            time.sleep(0.01)

    return Component(EMBEDDED, pid, kill, wait_for_another)


def of_stack(name: str, running: Running, program: Program) -> Component:
    """Give a program of the stack."""

    def start() -> None:
        running.start(program)
        running.wait_until_ready(program, tell=lambda _: None)

    return Component(
        name,
        lambda: running.process(program.name).pid,
        lambda: running.stop(program.name),
        start,
    )


def redis(server: RedisServer) -> Component:
    """Give a Redis."""
    return Component("Redis", lambda: server.pid, server.stop, server.start)


def mlflow_server(folder: Path) -> Program:
    """Describe MLflow as a server with a store of its own."""
    folder.mkdir()
    url = f"http://127.0.0.1:{free_port()}"
    return Program(
        "mlflow",
        (
            *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
            *("--host", "127.0.0.1", "--port", url.rpartition(":")[2]),
            *("--backend-store-uri", f"sqlite:///{folder}/mlflow.db"),
            *("--artifacts-destination", str(folder / "artifacts")),
        ),
        f"{url}/health",
        url,
        {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        start_seconds=300,
    )
