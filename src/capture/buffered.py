"""Capture through memory: rows wait in a bounded buffer and a thread writes them to files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Self

from capture.drops import DropCount
from capture.interface import DropReason
from capture.pending import PendingRows
from capture.writer import FileWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capture.folder import CaptureFolder
    from capture.interface import CaptureEvents
    from capture.record import CapturedPrediction
    from config.settings import CaptureSettings

CLOSE_SECONDS: Final = 3.0
"""How long a stopping service tries to write what still waits."""
HANG_SECONDS: Final = 0.5
"""How much longer it waits for a disk that has not answered by then."""


class BufferedCapture:
    """The ``Capture`` of one process.

    ``append`` takes microseconds whatever the disk does, and holds what it took in memory: a
    killed process loses the rows of its unfinished file.
    """

    def __init__(self, pending: PendingRows, writer: FileWriter, drops: DropCount) -> None:
        self._pending = pending
        self._writer = writer
        self._drops = drops
        self._gave_up = False

    @classmethod
    def start(
        cls,
        settings: CaptureSettings,
        folder: CaptureFolder,
        feature_names: Sequence[str],
        events: CaptureEvents,
        *,
        close_seconds: float = CLOSE_SECONDS,
    ) -> Self:
        """Start to write captured predictions into ``folder``, with their features so named."""
        pending = PendingRows(
            rows_per_batch=settings.rows_per_file,
            max_age_seconds=settings.max_age_seconds,
            bound=settings.max_pending_rows,
        )
        drops = DropCount(events)
        writer = FileWriter(
            pending, folder, feature_names, events, drops, close_seconds=close_seconds
        )
        events.watch_pending(pending.__len__)
        events.watch_oldest(pending.oldest_age)
        writer.start()
        return cls(pending, writer, drops)

    @property
    def pending_rows(self) -> int:
        """How many rows wait for the disk."""
        return len(self._pending)

    @property
    def trouble(self) -> str | None:
        """What keeps rows from their files, if anything does."""
        if self._pending.closed or self._writer.finished.done():
            return "nothing is written any more"
        troubles = []
        if self._writer.failing:
            troubles.append("files cannot be written")
        if self._pending.full:
            troubles.append("there is no room for more rows, which are dropped")
        return " and ".join(troubles) or None

    async def append(self, predictions: Sequence[CapturedPrediction]) -> None:
        """Take over what there is room for; drop and count the rest."""
        refused = len(predictions) - self._pending.offer(predictions)
        if refused:
            self._drops.add(self._why_refused(), refused)

    async def close(self) -> None:
        """Write what waits and stop, within ``close_seconds`` and half a second.

        The writing goes on when the caller is cancelled. A row that could not be written in time
        is counted as dropped.
        """
        self._writer.stop()
        finished = asyncio.wrap_future(self._writer.finished)
        try:
            await asyncio.wait_for(finished, self._writer.close_seconds + HANG_SECONDS)
        except TimeoutError:
            if not self._gave_up:
                self._gave_up = True
                self._drops.add(DropReason.SHUTDOWN, len(self._pending))
        self._drops.say_rest()

    def _why_refused(self) -> DropReason:
        if self._pending.closed:
            return DropReason.CLOSED
        return DropReason.WRITE_FAILED if self._writer.failing else DropReason.BUFFER_FULL
