"""Writes capture files in a process of its own, which leaves the interpreter to requests."""

from __future__ import annotations

import errno
import logging
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Final

import msgspec

from capture.unwritable import UnwritableRowsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from capture.interface import CaptureEvents
    from capture.record import CapturedPrediction

logger = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 120.0
"""How long a file may take before its writer counts as hung; an object store is given up before."""
CLOSE_SECONDS: Final = 1.0
"""How long a writer that has nothing left to do may take to end."""
LAST_WORDS: Final = 8_000
"""Bytes that are kept of what a writer said before it ended."""
MANY_ROWS: Final = 10_000
"""Answers go before files while the journal holds fewer: some megabytes of it."""
CALM_SECONDS: Final = 60.0
"""How long there must have been fewer before answers go first again."""
GIVING_WAY: Final = "giving-way"
"""Argument of a writer to whom answers go first."""

_LEAN: Final = {"POLARS_MAX_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
"""A hundred rows are no work for several threads, each with memory of its own."""

_encode: Final = msgspec.msgpack.Encoder().encode


class Written(msgspec.Struct, frozen=True, array_like=True):
    """What became of a batch: the name of its file, or why there is none."""

    name: str = ""
    errno: int = 0
    trouble: str = ""
    """What is wrong with the disk."""
    unwritable: list[str] = []
    """Ids of predictions without which the others can be written."""
    fault: str = ""
    """The traceback that says why."""


_decode: Final = msgspec.msgpack.Decoder(Written).decode


class FileWriter:
    """Has the files of one journal written by a process that ends with this one.

    That process holds the journal's lock as well, so nobody takes the journal over while a file
    of its rows may yet appear. It gives way: a thread that answers must not wait for it. Where
    load leaves it no time the journal would grow until rows are dropped, so once many wait it is
    started anew as a process like this one. Used from one thread, but for its end.
    """

    def __init__(
        self,
        data_dir: Path,
        output: str | None,
        events: CaptureEvents,
        *,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        """Take where files go, as the settings say, and start the process."""
        self._where = (str(data_dir), output or "")
        self._events = events
        self._answer_seconds = answer_seconds
        self.journal: str | None = None
        """Whose rows it writes."""
        self.unsure = False
        """Whether the last batch may stand in a file although its writer never said so."""
        self.waiting: Callable[[], int] = lambda: 0
        """Tells how many rows the journal holds that are in no file."""
        self._calm_at = 0.0
        """Until then files are as urgent as answers."""
        self._urgent = False
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
            UnwritableRowsError: nothing was written, for some of the rows' sake.

        """
        self._keep_up()
        if self._process is None:
            self._start()
            self._events.writer_restarted()
        try:
            if not self._introduced:
                socket.send_fds(self._socket, [b"\0"], [self._lock])
                self._introduced = True
            self._connection.send_bytes(_encode(batch))
            answer = _decode(self._connection.recv_bytes())
        except (EOFError, OSError) as error:
            self.unsure = True
            self._end(hung=isinstance(error, BlockingIOError))
            raise OSError(errno.EPIPE, "what writes files has ended") from error
        if answer.trouble:
            raise OSError(answer.errno, answer.trouble)
        if answer.unwritable:
            raise UnwritableRowsError(answer.unwritable, answer.fault)
        return answer.name

    def close(self) -> None:
        """End the process, from whatever thread.

        One that hangs is killed: what it has not written stands in the journal, and whether it has
        is found out at the next start.
        """
        process, self._process = self._process, None
        if process is None:
            return
        # So whoever waits for an answer learns of the end, while the descriptor is still ours.
        self._socket.shutdown(socket.SHUT_RDWR)
        if not _ended(process):
            process.kill()
            if not _ended(process):
                # It writes no more. Who gives way also dies only when nobody else wants the
                # processor, which may take longer than a stop has.
                threading.Thread(target=process.wait, name="writer's end", daemon=True).start()
        self._hang_up()
        self._said.close()

    def _keep_up(self) -> None:
        """Have the process give way or not, as the rows which wait call for.

        Who gives way may not take that back by itself, so another takes its place; it has nothing
        to do now.
        """
        waiting, now = self.waiting(), time.monotonic()
        if waiting >= MANY_ROWS:
            self._calm_at = now + CALM_SECONDS
        urgent = now < self._calm_at
        if urgent is not self._urgent:
            self._urgent = urgent
            logger.info(
                "capture: files are %s answers, %d rows wait for them",
                "as urgent as" if urgent else "less urgent than",
                waiting,
                extra={"rows": waiting},
            )
            if self._process is not None:
                self.close()
                self._start()

    def _start(self) -> None:
        with ExitStack() as failed:
            ours, theirs = map(failed.enter_context, socket.socketpair())
            # The connection knows no deadline; behind it the kernel does.
            patience = struct.pack("ll", *divmod(int(self._answer_seconds * 1e6), 1_000_000))
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)
            # Our own log is JSON. It is read once the process has ended: a pipe would fill up.
            said = failed.enter_context(tempfile.TemporaryFile())
            process = subprocess.Popen(  # noqa: S603  # our own program and words
                [
                    *(sys.executable, "-m", "capture.writing", str(theirs.fileno())),
                    *self._where,
                    *(() if self._urgent else (GIVING_WAY,)),
                ],
                pass_fds=[theirs.fileno()],
                env=os.environ | _LEAN,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                # Signals are for us: it ends when we do, and writes what we drain until then. From
                # a session of its own it would not give way to us: Linux shares the processor among
                # sessions first.
                process_group=0,
            )
            failed.pop_all()
        theirs.close()
        self._process, self._socket, self._said = process, ours, said
        self._connection = Connection(ours.fileno())
        self._introduced = False

    def _end(self, *, hung: bool) -> None:
        """Make sure that it writes no more, and tell how it ended."""
        process, self._process = self._process, None
        if process is None:
            return  # closed meanwhile
        self._hang_up()
        process.kill()
        process.wait()
        logger.error(
            "capture: what writes files %s with status %d and is started anew",
            "no longer answered, was killed and ended" if hung else "ended",
            process.returncode,
            extra={
                "status": process.returncode,
                "said": self._last_words() or None,
            },
        )

    def _last_words(self) -> str:
        with self._said:
            size = self._said.seek(0, os.SEEK_END)
            self._said.seek(max(0, size - LAST_WORDS))
            return self._said.read().decode(errors="replace")

    def _hang_up(self) -> None:
        self._connection.close()  # closes the socket's descriptor
        self._socket.detach()


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(CLOSE_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True
