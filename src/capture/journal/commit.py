"""Group commit: records of many requests appended in one write, off the event loop."""

from __future__ import annotations

import errno
import logging
import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, Protocol

from capture.interface import DropReason
from capture.journal.appender import JournalFullError, Position

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from capture.journal.journal import Journal

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 0.05
LONGEST_PAUSE_SECONDS: Final = 2.0
"""A failed append is tried again after a pause that doubles up to this."""
MOST_RECORDS: Final = 1024
"""Of one write."""


class Commits(Protocol):
    """Learns of what is committed. Called from the committing thread."""

    def committed(self, end: Position, records: int, /) -> None:
        """Note that ``records`` more stand in the journal, which now ends at ``end``."""


class GroupCommit:
    """Appends whatever is queued, in one write, and says so to those who wait for it.

    A thread of its own: a disk that hangs holds up nobody who does not wait for it.
    """

    def __init__(self, journal: Journal, commits: Commits) -> None:
        self._journal = journal
        self._commits = commits
        self._queue: SimpleQueue[tuple[Sequence[bytes], Callable[[], object]] | None] = (
            SimpleQueue()
        )
        self._offered = 0
        self._done = 0
        self._stopping = threading.Event()
        self.failure: DropReason | None = None
        """Why the last append failed, if it did."""
        self.thread = threading.Thread(target=self._run, name="capture-journal", daemon=True)

    @property
    def queued(self) -> int:
        """How many records are not in the journal yet."""
        return self._offered - self._done

    def offer(self, frames: Sequence[bytes], on_commit: Callable[[], object]) -> None:
        """Queue records; ``on_commit`` is called, in the thread, once they stand in the journal."""
        self._offered += len(frames)
        self._queue.put((frames, on_commit))

    def stop(self) -> None:
        """Append what is queued, trying a failing disk once more, and end."""
        self._stopping.set()
        self._queue.put(None)

    def _run(self) -> None:
        while True:
            group, ended = self._next_group()
            if group and not self._commit(group):
                return
            if ended:
                return

    def _next_group(self) -> tuple[list[tuple[Sequence[bytes], Callable[[], object]]], bool]:
        group = []
        records = 0
        item = self._queue.get()
        while item is not None:
            group.append(item)
            records += len(item[0])
            if records >= MOST_RECORDS:
                return group, False
            try:
                item = self._queue.get_nowait()
            except Empty:
                return group, False
        return group, True

    def _commit(self, group: Sequence[tuple[Sequence[bytes], Callable[[], object]]]) -> bool:
        """Append a group, again and again; False when time to stop ran out instead."""
        frames = [frame for records, _ in group for frame in records]
        pause = FIRST_PAUSE_SECONDS
        while True:
            last_try = self._stopping.is_set()
            try:
                self._journal.append(frames)
            except OSError as error:
                self._failed(error)
            else:
                break
            if last_try:
                return False
            if not self._stopping.wait(pause):
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        if self.failure is not None:
            self.failure = None
            logger.info("capture: the journal can be written again")
        # In this order: whoever adds up what waits counts a row twice rather than never.
        self._commits.committed(self._journal.end, len(frames))
        self._done += len(frames)
        for _, on_commit in group:
            on_commit()
        return True

    def _failed(self, error: OSError) -> None:
        first = self.failure is None
        if isinstance(error, JournalFullError):
            self.failure = DropReason.JOURNAL_FULL
        elif error.errno in {errno.ENOSPC, errno.EDQUOT}:
            self.failure = DropReason.DISK_FULL
        else:
            self.failure = DropReason.WRITE_FAILED
        if first:
            logger.warning(
                "capture: the journal cannot be written (%s); %d rows wait in memory; trying again",
                error.strerror or type(error).__name__,
                self.queued,
                extra={"rows": self.queued, "reason": self.failure.value},
            )


class PeriodicSync(threading.Thread):
    """Brings what was appended to the disk every so often, beside the appends."""

    def __init__(self, journal: Journal, seconds: float) -> None:
        super().__init__(name="capture-sync", daemon=True)
        self._journal = journal
        self._seconds = seconds
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End after a last time."""
        self._stopping.set()

    def run(self) -> None:
        """Sync until stopped."""
        synced: Position | None = None
        failing = False
        while True:
            stopping = self._stopping.wait(self._seconds)
            end = self._journal.end
            if end != synced:
                began = time.monotonic()
                try:
                    self._journal.sync()
                except OSError as error:
                    if not failing:
                        logger.warning(
                            "capture: the journal cannot be brought to the disk: %s", error.strerror
                        )
                    failing = True
                else:
                    synced, failing = end, False
                    logger.debug("capture: journal synced in %.3f s", time.monotonic() - began)
            if stopping:
                return
