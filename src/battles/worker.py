"""A Node process that plays one matchup after another."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from battles.node import ended, program
from battles.tasks import Outcome, Task, decode, encode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

AHEAD: Final = 4
"""Tasks a worker holds, so that it never waits for us and leaves little behind when stopped."""

_PATIENCE_SECONDS: Final = 2.0


class Worker:
    """A running process; see :func:`worker`."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def play(self, tasks: Sequence[Task]) -> AsyncIterator[Outcome]:
        """Play tasks in order and give each outcome as soon as it is there.

        Raises:
            BattleError: the simulator refused a matchup or is not installed, or the process died.

        """
        for task in tasks[:AHEAD]:
            self._send(task)
        for index in range(len(tasks)):
            yield await self._receive()
            if index + AHEAD < len(tasks):
                self._send(tasks[index + AHEAD])

    def _send(self, task: Task) -> None:
        assert self._process.stdin is not None  # noqa: S101  # a pipe was asked for
        # A handful of lines always fits the pipe or the transport's buffer: nothing to drain.
        self._process.stdin.write(encode(task))

    async def _receive(self) -> Outcome:
        assert self._process.stdout is not None  # noqa: S101  # a pipe was asked for
        line = await self._process.stdout.readline()
        if not line:
            _, words = await self._process.communicate()
            raise ended(self._process.returncode, words.decode(errors="replace"))
        return decode(line)

    async def close(self) -> None:
        """End the process, whatever it is doing, and wait until it is gone."""
        if self._process.returncode is None:
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), _PATIENCE_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def worker() -> AsyncIterator[Worker]:
    """Start a worker for the time of a ``with`` block.

    Raises:
        NodeMissingError: there is no Node.

    """
    # In a session of its own Ctrl-C reaches us alone, and we end the worker in order; should we be
    # killed, it ends with its input.
    process = await create_subprocess_exec(
        *program("worker"), stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
    )
    running = Worker(process)
    try:
        yield running
    finally:
        # Also when cancelled: no process may be left behind.
        await asyncio.shield(running.close())
