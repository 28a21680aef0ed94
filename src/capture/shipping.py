"""The thread that ships rows from the journal to where they are kept."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Final

from capture.batch import ship
from capture.journal.appender import Position
from capture.journal.place import HeldJournal, journals
from capture.journal.reader import JournalTail
from capture.recovery import LateRecovery, UnreadableJournalError, recovering
from capture.sink import SinkLostRowsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from capture.interface import CaptureEvents
    from capture.journal.journal import Journal
    from capture.journal.reader import SegmentReader
    from capture.sink import Sink
    from config.settings import CaptureSettings

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 5.0
"""What failed is tried again after a pause that doubles up to this."""


class Shipper:
    """Ships batch after batch, once what earlier processes left behind is shipped.

    What others held then, or the disk did not read, comes between our own batches, once it can.

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
        self._manner = sink.manner(settings)
        self._tail: JournalTail | None = None
        self._changed = threading.Condition()
        self._end = Position(1, 0)
        self._committed = 0
        self._shipped = 0
        self._waiting_since = 0.0
        self._draining = False
        self._stop_at: float | None = None
        self._awaited: deque[tuple[int, Callable[[bool], object]]] = deque()
        """Whom to tell once so many rows are shipped."""
        self._behind = True
        """Whether there is a backlog that nobody should wait for; what others left comes first."""
        self._late: LateRecovery | None = None
        self._late_at = math.inf
        """When more of what could not be recovered at the start is to be."""
        self.failing = False
        """Whether the last attempt to ship failed."""
        self.finished: Future[None] = Future()
        """Done once everything is shipped after :meth:`drain`, or time ran out."""

    @property
    def pending(self) -> int:
        """How many rows of the journal are not shipped."""
        return self._committed - self._shipped

    def oldest_age(self) -> float:
        """Give for how many seconds the oldest of them has waited; 0 when none waits.

        Rows in a journal left behind that cannot be read wait as well.
        """
        unread_since = None if self._late is None else self._late.unread_since
        with self._changed:
            now = time.monotonic()
            own = now - self._waiting_since if self.pending else 0.0
            return own if unread_since is None else max(own, now - unread_since)

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
            if not before or before < self._manner.full <= self.pending:
                self._changed.notify()

    def when_shipped(self, tell: Callable[[bool], object]) -> None:
        """Call ``tell`` once all that is committed by now is shipped, in whatever thread.

        It is called with False as soon as that is not to be expected soon.
        """
        with self._changed:
            soon = not self._behind and not self._draining
            if soon and self._shipped < self._committed:
                self._awaited.append((self._committed, tell))
                return
        tell(self._shipped >= self._committed)

    def drain(self, seconds: float) -> None:
        """Ship what is left, for so long at most, and end."""
        with self._changed:
            self._draining = True
            self._stop_at = time.monotonic() + seconds
            self._changed.notify()
        self._disappoint()

    def _run(self) -> None:
        try:
            self._recover()
            self._behind = False
            while self._await_batch():
                if not self._persist(self._ship_batch):
                    break
        finally:
            if self._late is not None:
                self._late.close()
            self.finished.set_result(None)

    def _await_batch(self) -> bool:
        """Wait for a full batch, an aged row or the end; False when nothing is left to ship.

        Meanwhile, and at least once before each batch, what others let go is recovered.
        """
        while True:
            if time.monotonic() >= self._late_at and not self._draining:
                self._recover_late()
            with self._changed:
                patience = self._patience()
                if patience <= 0:
                    return self.pending > 0
                patience = min(patience, self._late_at - time.monotonic())
                self._changed.wait(None if patience == math.inf else patience)

    def _patience(self) -> float:
        """Tell for how many seconds the rows there are may wait for more of them."""
        if self._draining or self.pending >= self._manner.full:
            return 0.0
        if not self.pending:
            return math.inf
        return self._waiting_since + self._manner.max_age_seconds - time.monotonic()

    def _ship_batch(self) -> None:
        began = time.monotonic()
        with self._changed:
            end, committed = self._end, self._committed
        journal = self._journal.name
        assert journal is not None  # noqa: S101  # something was committed
        if self._tail is None:
            self._tail = JournalTail(self._journal.folder, self._reader)
        batch = self._tail.peek(self._manner.most, end)
        if batch:
            try:
                ship(self._sink, self._reader, journal, batch)
            except SinkLostRowsError as error:
                again = self._tail.go_back(error.kept)
                with self._changed:
                    self._shipped -= again
                raise
            self._tail.shipped(len(batch))
        exhausted = self._tail.exhausted(end)
        with self._changed:
            if exhausted:
                self._shipped = committed  # records that were set aside are dealt with too
                self._behind = False
            else:
                # A journal with rows left to ship never counts as shipped: that would remove it.
                self._shipped = min(self._shipped + len(batch), committed - 1)
            self._waiting_since = began
            told = []
            while self._awaited and self._awaited[0][0] <= self._shipped:
                told.append(self._awaited.popleft()[1])
        for tell in told:
            tell(True)  # noqa: FBT003  # what it is told stands in its name
        self._journal.release(self._tail.first_needed - self._manner.kept_segments)

    def _disappoint(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            told = [tell for _, tell in self._awaited]
            self._awaited.clear()
        for tell in told:
            tell(False)  # noqa: FBT003  # what it is told stands in its name

    def _recover(self) -> None:
        found: list[Path] = []
        if not self._persist(lambda: found.extend(journals(self._root))):
            return
        later = []
        unread_since = None
        for path in found:
            held = HeldJournal.take_over(path)
            if held is None:
                later.append(path)
                continue
            logger.info("capture: recovering journal %s", held.name)
            try:
                recovered = self._persist(partial(self._recover_one, held))
            except UnreadableJournalError as error:
                logger.warning(
                    "capture: journal %s cannot be read (%s) and is recovered another time",
                    held.name,
                    error.strerror,
                )
                later.append(path)
                unread_since = unread_since or time.monotonic()
                recovered = self.failing = False
            if recovered:
                held.remove()
                self._sink.forget(held.name)
            else:
                held.release()
        self._late = LateRecovery(
            [path for path in later if path.name != self._journal.name],
            self._recovering,
            self._sink.forget,
            unread_since,
        )
        self._recover_late()

    def _recover_one(self, held: HeldJournal) -> None:
        for _ in self._recovering(held):
            pass

    def _recovering(self, held: HeldJournal) -> Iterator[None]:
        return recovering(held, self._reader, self._sink, self._events, self._manner.most)

    def _recover_late(self) -> None:
        assert self._late is not None  # noqa: S101  # made by the recovery before it
        rest = self._late.step()
        self._late_at = math.inf if rest is None else time.monotonic() + rest

    def _persist(self, work: Callable[[], object]) -> bool:
        """Do the work until it succeeds; False when the time to stop came first.

        Raises:
            UnreadableJournalError: as the work does.

        """
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                work()
            except UnreadableJournalError:
                raise
            except OSError as error:
                if not self.failing:
                    logger.warning(
                        "capture: rows cannot be shipped (%s) and wait in the journal; "
                        "trying again",
                        error.strerror or type(error).__name__,
                    )
            except Exception:
                # Whatever it is, rows had better wait here than for the next start.
                if not self.failing:
                    logger.exception(
                        "capture: rows cannot be shipped and wait in the journal; trying again"
                    )
            else:
                self.failing = False
                return True
            self.failing = self._behind = True
            self._disappoint()
            with self._changed:
                if self._stop_at is not None and time.monotonic() >= self._stop_at:
                    return False
                self._changed.wait(FIRST_PAUSE_SECONDS if self._draining else pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
