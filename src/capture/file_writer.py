"""Writes capture files in a process of its own, which leaves the interpreter to requests."""

from __future__ import annotations

import errno
import logging
import os
import socket
import subprocess
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from capture.record import CapturedPrediction

logger = logging.getLogger(__name__)

CLOSE_SECONDS: Final = 1.0
"""How long a writer that has nothing left to do may take to end."""

_LEAN: Final = {"POLARS_MAX_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
"""A hundred rows are no work for several threads, each with memory of its own."""

_encode: Final = msgspec.msgpack.Encoder().encode


class Written(msgspec.Struct, frozen=True, array_like=True):
    """What became of a batch: the name of its file, or why there is none."""

    name: str = ""
    errno: int = 0
    trouble: str = ""


_decode: Final = msgspec.msgpack.Decoder(Written).decode


class FileWriter:
    """Has the files of one journal written by a process that ends with this one.

    That process holds the journal's lock as well, so nobody takes the journal over while a file
    of its rows may yet appear. It has the same priority: where load leaves it no time, the journal
    would grow until rows are dropped. Used from one thread.
    """

    def __init__(self, data_dir: Path, output: str | None) -> None:
        """Take where files go, as the settings say, and start the process."""
        self._where = (str(data_dir), output or "")
        self.journal: str | None = None
        """Whose rows it writes."""
        self.unsure = False
        """Whether the last batch may stand in a file although its writer never said so."""
        self._lock = -1
        self._introduced = False
        self._process: subprocess.Popen[bytes] | None = None
        self._start()

    def hold(self, journal: str, lock: int) -> None:
        """Learn of the journal, and of the descriptor that holds it."""
        self._lock = lock
        self.journal = journal

    def add(self, batch: Sequence[CapturedPrediction]) -> str:
        """Have a file written; give its name.

        Raises:
            OSError: nothing was written, or, where it is :attr:`unsure`, perhaps nothing.

        """
        if self._process is None:
            self._start()
        try:
            if not self._introduced:
                socket.send_fds(self._socket, [b"\0"], [self._lock])
                self._introduced = True
            self._connection.send_bytes(_encode(batch))
            answer = _decode(self._connection.recv_bytes())
        except (EOFError, OSError) as error:
            self.unsure = True
            status = self._end()
            logger.warning("capture: what writes files ended with status %d", status)
            raise OSError(errno.EPIPE, "what writes files has ended") from error
        if answer.trouble:
            raise OSError(answer.errno, answer.trouble)
        return answer.name

    def close(self) -> None:
        """End the process; one that hangs is left to end by itself, as it holds its journal."""
        if self._process is not None:
            self._hang_up()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(CLOSE_SECONDS)

    def _start(self) -> None:
        self._socket, theirs = socket.socketpair()
        self._connection = Connection(self._socket.fileno())
        self._introduced = False
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # our own program and words
                [sys.executable, "-m", "capture.writing", str(theirs.fileno()), *self._where],
                pass_fds=[theirs.fileno()],
                env=os.environ | _LEAN,
                # Signals are for us: it ends when we do, and writes what we drain until then.
                start_new_session=True,
            )

    def _end(self) -> int:
        """Make sure that it writes no more; tell how it ended."""
        assert self._process is not None  # noqa: S101  # asked by who has just talked to it
        self._hang_up()
        self._process.kill()
        status = self._process.wait()
        self._process = None
        return status

    def _hang_up(self) -> None:
        self._connection.close()  # closes the socket's descriptor
        self._socket.detach()
