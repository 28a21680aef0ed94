"""Programs beside each other: started, awaited, watched, and stopped in the reverse order."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Final
from urllib.error import URLError

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cli.stack.programs import Program

_ASK_SECONDS: Final = 2.0
_PAUSE_SECONDS: Final = 0.1


class Running:
    """The programs that run, each with its log under ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: dict[str, tuple[Program, subprocess.Popen[bytes]]] = {}
        self._stopping = ExitStack()

    @contextmanager
    def until_the_end(self) -> Iterator[None]:
        """Stop, after the block, what was started in it, the last first."""
        with self._stopping:
            yield

    def start(self, program: Program) -> subprocess.Popen[bytes]:
        """Start a program in a session of its own, so that Ctrl-C reaches us alone."""
        # What it said before stays: it may be why somebody starts it again.
        with self.log(program.name).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  # our own command lines
                program.command,
                env={**os.environ, **program.environment},
                cwd=program.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes[program.name] = (program, process)
        self._stopping.callback(self.stop, program.name)
        return process

    def process(self, name: str) -> subprocess.Popen[bytes]:
        """Give a program's process."""
        return self._processes[name][1]

    def log(self, name: str) -> Path:
        """Give the place of a program's log."""
        return self._folder / f"{name}.log"

    def wait_until_ready(self, *programs: Program, tell: Callable[[Program], None]) -> None:
        """Wait for all of them, and tell of each as it becomes ready.

        Raises:
            click.ClickException: one ended, or took too long.

        """
        began = time.monotonic()
        waiting = list(programs)
        while waiting:
            self.watch(*self._processes)
            for program in list(waiting):
                if _answers(program.ready):
                    waiting.remove(program)
                    tell(program)
                elif time.monotonic() - began > program.start_seconds:
                    raise click.ClickException(
                        f"{program.name} is not ready after {program.start_seconds:g} s: "
                        f"see {self.log(program.name)}"
                    )
            time.sleep(_PAUSE_SECONDS)

    def watch(self, *needed: str) -> None:
        """Make sure that what is needed runs; tell of others that have ended, and do without them.

        Raises:
            click.ClickException: something that is needed ended by itself.

        """
        for name, (_, process) in [*self._processes.items()]:
            if process.poll() is None:
                continue
            said = f"{name} ended with status {process.returncode}: see {self.log(name)}"
            if name in needed:
                raise click.ClickException(said)
            click.echo(f"{said}; the rest goes on", err=True)
            self.stop(name)

    def stop(self, name: str) -> None:
        """Ask a program to end, and see to it."""
        program, process = self._processes.pop(name, (None, None))
        if program is None or process is None:
            return
        process.terminate()
        try:
            process.wait(program.stop_seconds)
        except subprocess.TimeoutExpired:
            click.echo(f"{name} did not stop in time and is killed", err=True)
            # With whatever it has started.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        # What it has left behind is still of its group: MLflow's job runners find out late.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=_ASK_SECONDS) as answer:  # noqa: S310  # our own URLs
            return bool(answer.status == 200)  # noqa: PLR2004  # OK
    except (URLError, OSError):
        return False
