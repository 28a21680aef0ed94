"""Several processes that serve on one socket: started, watched, started anew, stopped together."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Final

import click

from cli.listening import let_nobody_in
from telemetry.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from config.settings import ServerSettings
    from telemetry.instruments import WorkerInstruments

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 10.0
STEADY_SECONDS: Final = 30.0
"""A worker that served for so long ended for a reason of its own; the next is started at once."""
STOP_SECONDS: Final = 6.0
"""What a stopping worker may take beside finishing requests: capture, telemetry, connections."""
STARTING_SECONDS: Final = 3.0
"""How long those that serve go on while one that still starts is told to end."""
READY: Final = b"r"


class Workers:
    """Keeps so many workers serving until told to stop."""

    def __init__(  # noqa: PLR0913  # what the workers share, each handed in once
        self,
        settings: ServerSettings,
        listener: socket.socket,
        instruments: WorkerInstruments,
        *,
        environment: Mapping[str, str],
        started_at: int,
        started: Callable[[], None],
        stopping: Callable[[], None],
    ) -> None:
        """Take what the workers share.

        Args:
            settings: how many, and what stopping may take.
            listener: bound already; the kernel hands out its connections.
            instruments: told of workers.
            environment: of the workers.
            started_at: when the service began, in nanoseconds of Unix time.
            started: called once the first worker answers.
            stopping: called once they are told to stop.

        """
        self._count = settings.workers
        self._stop_seconds = settings.shutdown_seconds + STOP_SECONDS
        self._listener = listener
        self._environment = environment
        self._started_at = started_at
        self._instruments = instruments
        self._started = started
        self._tell_stopping = stopping
        self._serving = 0
        self._starting: dict[int, asyncio.Event] = {}
        """By slot: set once its worker serves or has ended."""
        self._any_was_ready = False
        self._stopping = asyncio.Event()
        self._failed = False

    async def run(self) -> None:
        """Serve until SIGINT or SIGTERM.

        Raises:
            click.ClickException: no worker could be started.

        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop_all)
        self._instruments.watch(lambda: self._serving)
        async with asyncio.TaskGroup() as group:
            for slot in range(self._count):
                group.create_task(self._keep(slot))
        if self._failed:
            raise click.ClickException("the service could not be started; see above")

    def _stop_all(self) -> None:
        self._stopping.set()
        self._tell_stopping()

    async def _keep(self, slot: int) -> None:
        backoff = Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, STEADY_SECONDS)
        while not self._stopping.is_set():
            backoff.begun()
            ended = await self._serve_once(slot)
            if self._stopping.is_set():
                return
            pause = backoff.ended()
            if not self._any_was_ready:
                # What keeps the first from starting keeps them all.
                logger.error("serving process %d %s", slot, ended)
                self._failed = True
                self._stopping.set()
                return
            logger.error("serving process %d %s and is started anew in %.1f s", slot, ended, pause)
            self._instruments.restarted()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopping.wait()

    async def _serve_once(self, slot: int) -> str:
        """Run one worker to its end; say how it ended."""
        starting = self._starting[slot] = asyncio.Event()
        try:
            process, lifeline = await self._start(slot)
        except OSError as error:
            starting.set()
            return f"could not be started ({error})"
        with lifeline:
            lifeline.settimeout(0)
            watching = asyncio.create_task(self._watch(lifeline, starting))
            ending = asyncio.create_task(process.wait())
            stopping = asyncio.create_task(self._stopping.wait())
            try:
                await asyncio.wait({ending, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not ending.done():
                    if starting.is_set():
                        await self._close_listener()
                    await self._stop(process)
                return f"exited with status {await ending}"
            finally:
                starting.set()
                stopping.cancel()
                watching.cancel()
                if (await asyncio.gather(watching, return_exceptions=True))[0] is True:
                    self._serving -= 1

    async def _start(self, slot: int) -> tuple[asyncio.subprocess.Process, socket.socket]:
        """Start a worker; give it and its lifeline.

        On it the worker says that it is ready, and learns from its end that we are no more.

        Raises:
            OSError: the machine has no room for it.

        """
        lifeline, theirs = socket.socketpair()
        with theirs, ExitStack() as undo:
            undo.callback(lifeline.close)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "cli", "serve-one", "--slot", str(slot)),
                *("--listener", str(self._listener.fileno())),
                *("--started-at", str(self._started_at)),
                *("--lifeline", str(theirs.fileno())),
                env=self._environment,
                pass_fds=(self._listener.fileno(), theirs.fileno()),
                # Ctrl-C in the terminal is for us to pass on.
                start_new_session=True,
            )
            undo.pop_all()
        return process, lifeline

    async def _close_listener(self) -> None:
        """Leave the socket to the workers that serve: the last that closes it serves who waits.

        The kernel takes connections for as long as anybody holds it, so whoever still starts must
        have ended before.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(STARTING_SECONDS):
                for starting in self._starting.values():
                    await starting.wait()
        if self._listener.fileno() >= 0:  # else another worker's end has come to this before
            let_nobody_in(self._listener)
            self._listener.close()

    async def _watch(self, lifeline: socket.socket, starting: asyncio.Event) -> bool:
        """Count the worker as serving from when it says so."""
        if await asyncio.get_running_loop().sock_recv(lifeline, 1) != READY:
            return False
        starting.set()
        self._serving += 1
        if not self._any_was_ready:
            self._any_was_ready = True
            self._started()
        return True

    async def _stop(self, process: asyncio.subprocess.Process) -> None:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(self._stop_seconds):
                await process.wait()
        except TimeoutError:
            logger.error(  # noqa: TRY400  # no traceback to show
                "the serving process with id %d did not stop in time and is killed", process.pid
            )
            with suppress(ProcessLookupError):
                process.kill()


def tell_ready(lifeline: int) -> None:
    """Say that this worker answers."""
    os.write(lifeline, READY)


def stop_with_parent(lifeline: int) -> None:
    """Have this worker stop in order when the process that started it is no more."""
    loop = asyncio.get_running_loop()

    def parent_is_gone() -> None:
        loop.remove_reader(lifeline)
        os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(lifeline, parent_is_gone)
