"""Capture through a journal: a row is in it before its answer leaves."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import TYPE_CHECKING, Final, Self

import msgspec

from capture.drops import DropCount
from capture.interface import DropReason
from capture.journal.commit import GroupCommit, PeriodicSync
from capture.journal.framing import frame
from capture.journal.journal import Journal
from capture.journal.reader import SegmentReader
from capture.journal.set_aside import SetAside
from capture.shipping import Shipper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from capture.interface import CaptureEvents
    from capture.record import CapturedPrediction
    from capture.sink import Sink
    from config.settings import CaptureSettings

logger = logging.getLogger(__name__)

CLOSE_SECONDS: Final = 3.0
"""How long a stopping service tries to ship what still waits."""
HANG_SECONDS: Final = 0.5
"""How much longer it waits for a disk that has not answered by then."""
JOURNAL_FOLDER: Final = "journal"
SET_ASIDE_FOLDER: Final = "journal_set_aside"
"""Their places under the data folder."""

_encoder: Final = msgspec.msgpack.Encoder()


class JournaledCapture:
    """The ``Capture`` of one process.

    A row that :meth:`append` took stands in the journal when it returns, whatever becomes of the
    process. Only when the journal does not answer in time, or fails, does a row wait in memory;
    it is then counted as unprotected, and as dropped where there is no room for it.
    """

    def __init__(
        self,
        settings: CaptureSettings,
        journal: Journal,
        shipper: Shipper,
        events: CaptureEvents,
        *,
        close_seconds: float,
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._shipper = shipper
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
        self._waiting: deque[tuple[float, int, asyncio.Future[None]]] = deque()
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
        close_seconds: float = CLOSE_SECONDS,
    ) -> Self:
        """Start to journal under ``data_dir`` and to ship into ``sink``. Needs a running loop.

        ``contract`` is the version of the feature contract that the rows follow.
        """
        root = data_dir / JOURNAL_FOLDER
        set_aside = SetAside(data_dir / SET_ASIDE_FOLDER, events)
        reader = SegmentReader(contract, sink.fits, set_aside)
        journal = Journal(root, contract, settings)
        shipper = Shipper(journal, root, reader=reader, sink=sink, events=events, settings=settings)
        capture = cls(settings, journal, shipper, events, close_seconds=close_seconds)
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
        return self._commit.queued + self._shipper.pending

    @property
    def trouble(self) -> str | None:
        """What keeps rows from their files, if anything does."""
        if self._closed or self._shipper.finished.done():
            return "nothing is written any more"
        troubles = []
        if self._commit.failure is not None:
            troubles.append(f"the journal cannot be written ({self._commit.failure.value})")
        if self._shipper.failing:
            troubles.append("files cannot be written, rows wait in the journal")
        if self._commit.queued >= self._settings.max_pending_rows:
            troubles.append("there is no room for more rows, which are dropped")
        return " and ".join(troubles) or None

    async def append(self, predictions: Sequence[CapturedPrediction]) -> None:
        """Take over what there is room for; drop and count the rest."""
        if self._closed:
            self._drops.add(DropReason.CLOSED, len(predictions))
            return
        room = max(0, self._settings.max_pending_rows - self._commit.queued)
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
        waiter = self._loop.create_future()
        self._commit.offer(frames, lambda: self._loop.call_soon_threadsafe(_acknowledge, waiter))
        self._waiting.append((time.monotonic(), len(frames), waiter))
        if not self._watching:
            self._watch()
        await waiter

    async def close(self) -> None:
        """Ship what waits and stop, within ``close_seconds`` and half a second.

        The shipping goes on when the caller is cancelled. A row that could not be shipped in time
        waits in the journal for the next start; one that is not in the journal either is counted
        as dropped.
        """
        if self._closing is None:
            self._closed = True
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
            logger.warning("capture: what ships rows does not answer")
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
        self._drops.say_rest()

    def _watch(self) -> None:
        """Let go, some times a second, of those whom the journal keeps waiting."""
        patience = self._settings.journal_wait_seconds
        now = time.monotonic()
        while self._waiting:
            since, rows, waiter = self._waiting[0]
            if not waiter.done():
                if now - since < patience:
                    break
                self._events.unprotected(rows)
                waiter.set_result(None)
            self._waiting.popleft()
        self._watching = bool(self._waiting)
        if self._watching:
            self._loop.call_later(patience / 4, self._watch)


def _acknowledge(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _nobody_waits() -> None:
    return
