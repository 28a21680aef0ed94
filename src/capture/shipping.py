"""The thread that ships rows from the journal to where they are kept."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Final

from capture.journal.appender import Position
from capture.journal.place import left_behind
from capture.journal.reader import JournalTail
from capture.journal.segment import segments

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from capture.interface import CaptureEvents
    from capture.journal.journal import Journal
    from capture.journal.place import HeldJournal
    from capture.journal.reader import SegmentReader
    from capture.sink import Sink
    from config.settings import CaptureSettings

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 5.0
"""What failed is tried again after a pause that doubles up to this."""


class Shipper:
    """Ships batch after batch, once what earlier processes left behind is shipped.

    A thread of its own rather than the loop's executor: a disk that hangs then holds up neither
    other blocking work nor the end of the process (the thread is a daemon).
    """

    def __init__(  # noqa: PLR0913  # the parts of one pipeline, each handed in once
        self,
        journal: Journal,
        root: Path,
        *,
        reader: SegmentReader,
        sink: Sink,
        events: CaptureEvents,
        settings: CaptureSettings,
    ) -> None:
        self._journal = journal
        self._root = root
        self._reader = reader
        self._sink = sink
        self._events = events
        self._rows = settings.rows_per_file
        self._max_age = settings.max_age_seconds
        self._tail: JournalTail | None = None
        self._changed = threading.Condition()
        self._end = Position(1, 0)
        self._committed = 0
        self._shipped = 0
        self._waiting_since = 0.0
        self._draining = False
        self._stop_at: float | None = None
        self.failing = False
        """Whether the last attempt to ship failed."""
        self.finished: Future[None] = Future()
        """Done once everything is shipped after :meth:`drain`, or time ran out."""

    @property
    def pending(self) -> int:
        """How many rows of the journal are not shipped."""
        return self._committed - self._shipped

    def oldest_age(self) -> float:
        """Give for how many seconds the oldest of them has waited; 0 when none waits."""
        with self._changed:
            return time.monotonic() - self._waiting_since if self.pending else 0.0

    def start(self) -> None:
        """Start the thread."""
        # Marked as running, so that a waiter that gives up cannot cancel it.
        self.finished.set_running_or_notify_cancel()
        threading.Thread(target=self._run, name="capture-shipper", daemon=True).start()

    def committed(self, end: Position, records: int, /) -> None:
        """Learn of rows that now stand in the journal."""
        with self._changed:
            before = self.pending
            if not before:
                self._waiting_since = time.monotonic()
            self._end = end
            self._committed += records
            # Woken to start the age of a first row and when a batch is full, and left asleep for
            # every row between.
            if not before or before < self._rows <= self.pending:
                self._changed.notify()

    def drain(self, seconds: float) -> None:
        """Ship what is left, for so long at most, and end."""
        with self._changed:
            self._draining = True
            self._stop_at = time.monotonic() + seconds
            self._changed.notify()

    def _run(self) -> None:
        try:
            self._recover()
            while self._await_batch():
                if not self._persist(self._ship_batch):
                    break
        finally:
            self.finished.set_result(None)

    def _await_batch(self) -> bool:
        """Wait for a full batch, an aged row or the end; False when nothing is left to ship."""
        with self._changed:
            while not self._draining and self.pending < self._rows:
                patience = None
                if self.pending:
                    patience = self._waiting_since + self._max_age - time.monotonic()
                    if patience <= 0:
                        break
                self._changed.wait(patience)
            return self.pending > 0

    def _ship_batch(self) -> None:
        began = time.monotonic()
        with self._changed:
            end, committed = self._end, self._committed
        if self._tail is None:
            self._tail = JournalTail(self._journal.folder, self._reader)
        batch = self._tail.peek(self._rows, end)
        if batch:
            self._sink.ship(batch)
            self._tail.shipped(len(batch))
        with self._changed:
            self._shipped += len(batch)
            if self._tail.exhausted(end):
                self._shipped = committed  # records that were set aside are dealt with too
            self._waiting_since = began
        self._journal.release(self._tail.first_needed)

    def _recover(self) -> None:
        for held in left_behind(self._root):
            logger.info("capture: recovering journal %s", held.name)
            if self._persist(partial(self._recover_one, held)):
                held.remove()
            else:
                held.release()

    def _recover_one(self, held: HeldJournal) -> None:
        recover(held, self._reader, self._sink, self._events, self._rows)

    def _persist(self, work: Callable[[], object]) -> bool:
        """Do the work until it succeeds; False when the time to stop came first."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                work()
            except OSError as error:
                if not self.failing:
                    logger.warning(
                        "capture: rows cannot be shipped (%s) and wait in the journal; "
                        "trying again",
                        error.strerror or type(error).__name__,
                    )
                self.failing = True
            else:
                self.failing = False
                return True
            with self._changed:
                if self._stop_at is not None and time.monotonic() >= self._stop_at:
                    return False
                self._changed.wait(FIRST_PAUSE_SECONDS if self._draining else pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def recover(
    held: HeldJournal, reader: SegmentReader, sink: Sink, events: CaptureEvents, rows: int
) -> None:
    """Ship what a journal still holds, each prediction once, and delete its segments.

    Raises:
        OSError: not all could be shipped; it may be called again.

    """
    for path in segments(held.path):
        found = list(reader.read(path))
        missing = sink.missing(found) if found else []
        for start in range(0, len(missing), rows):
            sink.ship(missing[start : start + rows])
        events.recovered(len(found), len(missing))
        path.unlink()
