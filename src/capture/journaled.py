"""Capture through a journal: a row is in it before its answer leaves."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

import msgspec

from capture.archive.keeping import SET_ASIDE_FOLDER
from capture.drops import DropCount
from capture.interface import DropReason
from capture.journal.commit import GroupCommit, PeriodicSync
from capture.journal.framing import frame
from capture.journal.journal import Journal
from capture.journal.place import JOURNAL_FOLDER
from capture.journal.reader import SegmentReader
from capture.journal.set_aside import SetAside
from capture.shipping import Shipper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from capture.file_writer import FileWriter
    from capture.interface import CaptureEvents
    from capture.record import CapturedPrediction
    from capture.sink import Sink
    from config.settings import CaptureSettings

logger = logging.getLogger(__name__)

CLOSE_SECONDS: Final = 3.0
"""How long a stopping service tries to ship what still waits."""
HANG_SECONDS: Final = 0.5
"""How much longer it waits for a disk that has not answered by then."""

_encoder: Final = msgspec.msgpack.Encoder()


class _Group:
    """Rows that are committed together, and who waits for that."""

    __slots__ = ("acknowledged", "frames", "journaled", "since", "waiters")

    def __init__(self, since: float) -> None:
        self.since = since
        self.frames: list[bytes] = []
        self.waiters: list[asyncio.Future[None]] = []
        self.acknowledged = False
        self.journaled = False

    def acknowledge(self) -> None:
        """Let the waiting go on."""
        if not self.acknowledged:
            self.acknowledged = True
            for waiter in self.waiters:
                if not waiter.done():  # who waited may have been cancelled
                    waiter.set_result(None)


class JournaledCapture:
    """The ``Capture`` of one process.

    A row that :meth:`append` took stands in the journal when it returns, whatever becomes of the
    process. Only when the journal does not answer in time, or fails, does a row wait in memory;
    it is then counted as unprotected, and as dropped where there is no room for it.

    Where the sink is to be waited for, a row is in there too, unless that has fallen behind.
    """

    def __init__(  # noqa: PLR0913  # the parts of one pipeline, each handed in once
        self,
        settings: CaptureSettings,
        journal: Journal,
        shipper: Shipper,
        sink: Sink,
        events: CaptureEvents,
        *,
        close_seconds: float,
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._shipper = shipper
        self._sink = sink
        self._awaited = sink.manner(settings).awaited
        self._events = events
        self._drops = DropCount(events)
        self._close_seconds = close_seconds
        self._commit = GroupCommit(journal, shipper)
        self._sync = (
            PeriodicSync(journal, settings.journal_sync_seconds)
            if settings.journal_sync == "interval"
            else None
        )
        self._loop = asyncio.get_running_loop()
        self._forming: _Group | None = None
        self._waiting: deque[_Group] = deque()
        self._watching = False
        self._closed = False
        self._closing: asyncio.Future[None] | None = None

    @classmethod
    def start(  # noqa: PLR0913  # the parts of one pipeline, each handed in once
        cls,
        settings: CaptureSettings,
        data_dir: Path,
        contract: str,
        *,
        sink: Sink,
        events: CaptureEvents,
        writer: FileWriter | None = None,
        close_seconds: float = CLOSE_SECONDS,
    ) -> Self:
        """Start to journal under ``data_dir`` and to ship into ``sink``. Needs a running loop.

        ``contract`` is the version of the feature contract that the rows follow, ``writer`` what
        the sink has its files written by.
        """
        root = data_dir / JOURNAL_FOLDER
        set_aside = SetAside(data_dir / SET_ASIDE_FOLDER, events)
        reader = SegmentReader(contract, sink.fits, set_aside)
        if writer is None:
            journal = Journal(root, contract, settings)
        else:
            journal = Journal(root, contract, settings, writer.hold)
        shipper = Shipper(journal, root, reader=reader, sink=sink, events=events, settings=settings)
        if writer is not None:
            writer.waiting = lambda: shipper.pending
        capture = cls(settings, journal, shipper, sink, events, close_seconds=close_seconds)
        events.watch_pending(lambda: capture.pending_rows)
        events.watch_oldest(shipper.oldest_age)
        shipper.start()
        capture._commit.thread.start()
        if capture._sync:
            capture._sync.start()
        return capture

    @property
    def pending_rows(self) -> int:
        """How many rows stand in no file yet."""
        # In this order: a row that becomes pending meanwhile is counted twice rather than never.
        return self._unwritten + self._shipper.pending

    @property
    def trouble(self) -> str | None:
        """What keeps rows from their files, if anything does."""
        if self._closed or self._shipper.finished.done():
            return "nothing is written any more"
        troubles = []
        if self._commit.failure is not None:
            troubles.append(f"the journal cannot be written ({self._commit.failure.value})")
        if self._shipper.failing:
            troubles.append(f"{self._sink.trouble}, rows wait in the journal")
        if self._unwritten >= self._settings.max_pending_rows:
            troubles.append("there is no room for more rows, which are dropped")
        return " and ".join(troubles) or None

    @property
    def _unwritten(self) -> int:
        """How many rows are not in the journal yet."""
        forming = self._forming
        return self._commit.queued + (len(forming.frames) if forming else 0)

    async def append(self, predictions: Sequence[CapturedPrediction]) -> None:
        """Take over what there is room for; drop and count the rest."""
        if self._closed:
            self._drops.add(DropReason.CLOSED, len(predictions))
            return
        room = max(0, self._settings.max_pending_rows - self._unwritten)
        if room < len(predictions):
            reason = self._commit.failure or DropReason.BUFFER_FULL
            self._drops.add(reason, len(predictions) - room)
            predictions = predictions[:room]
        if not predictions:
            return
        frames = [frame(_encoder.encode(prediction)) for prediction in predictions]
        if self._commit.failure is not None:
            self._events.unprotected(len(frames))
            self._commit.offer(frames, _nobody_waits)
            return
        if self._forming is None:
            self._forming = _Group(time.monotonic())
            self._loop.call_soon(self._offer)
        waiter = self._loop.create_future()
        self._forming.frames += frames
        self._forming.waiters.append(waiter)
        await waiter

    async def close(self) -> None:
        """Ship what waits and stop, within ``close_seconds`` and half a second.

        The shipping goes on when the caller is cancelled. A row that could not be shipped in time
        waits in the journal for the next start; one that is not in the journal either is counted
        as dropped.
        """
        if self._closing is None:
            self._closed = True
            self._offer()
            self._closing = asyncio.ensure_future(asyncio.to_thread(self._finish))
        await asyncio.shield(self._closing)

    def _finish(self) -> None:
        deadline = time.monotonic() + self._close_seconds
        self._commit.stop()
        self._commit.thread.join(self._close_seconds / 2)
        if lost := self._commit.queued:
            self._drops.add(self._commit.failure or DropReason.SHUTDOWN, lost)
        self._shipper.drain(max(deadline - time.monotonic(), 0))
        try:
            self._shipper.finished.result(deadline + HANG_SECONDS - time.monotonic())
        except TimeoutError:
            logger.warning("capture: the thread that ships rows does not stop")
        if waiting := self._shipper.pending:
            logger.warning(
                "capture: %d rows wait in the journal for the next start",
                waiting,
                extra={"rows": waiting},
            )
        if self._sync:
            self._sync.stop()
            self._sync.join(HANG_SECONDS)
        if not self._commit.thread.is_alive() and self._shipper.finished.done():
            if not waiting:
                self._journal.release(self._journal.end.segment + 1)
            self._journal.close()
            if not waiting and self._journal.name is not None:
                self._sink.forget(self._journal.name)
        self._drops.say_rest()

    def _offer(self) -> None:
        """Hand over what this turn of the loop has brought: one micro-batch, most of the time."""
        group = self._forming
        if group is None:
            return
        self._forming = None
        self._commit.offer(group.frames, lambda: self._committed(group))
        self._waiting.append(group)
        if not self._watching:
            self._watch()

    def _committed(self, group: _Group) -> None:
        """Go on with rows that stand in the journal; in the thread that put them there."""
        group.journaled = True
        if self._awaited:
            self._shipper.when_shipped(
                lambda shipped: self._in_loop(lambda: self._settle(group, shipped))
            )
        else:
            self._in_loop(group.acknowledge)

    def _in_loop(self, do: Callable[[], None]) -> None:
        """Do something in the loop; a disk may answer after it has ended, when nobody waits."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(do)

    def _settle(self, group: _Group, shipped: bool) -> None:  # noqa: FBT001  # a callback's answer
        if not group.acknowledged:
            if not shipped:
                self._events.unshipped(len(group.frames))
            group.acknowledge()

    def _watch(self) -> None:
        """Let go, some times a second, of those who have waited long enough."""
        patience = self._settings.journal_wait_seconds
        now = time.monotonic()
        while self._waiting:
            group = self._waiting[0]
            if not group.acknowledged:
                if now - group.since < patience:
                    break
                if group.journaled:
                    self._events.unshipped(len(group.frames))
                else:
                    self._events.unprotected(len(group.frames))
                group.acknowledge()
            self._waiting.popleft()
        self._watching = bool(self._waiting)
        if self._watching:
            self._loop.call_later(patience / 4, self._watch)


def _nobody_waits() -> None:
    return
