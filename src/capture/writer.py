"""The thread that turns pending rows into capture files."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final

from capture.columns import to_parquet
from capture.interface import DropReason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capture.drops import DropCount
    from capture.folder import CaptureFolder
    from capture.interface import CaptureEvents
    from capture.pending import PendingRows
    from capture.record import CapturedPrediction

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 5.0
"""A failed write is tried again after a pause that doubles up to this."""


class FileWriter:
    """Writes batch after batch until the pending rows are closed and empty.

    A thread of its own rather than the loop's executor: a disk that hangs then holds up neither
    other blocking work nor the end of the process (the thread is a daemon).
    """

    def __init__(  # noqa: PLR0913  # the parts of one pipeline, each handed in once
        self,
        pending: PendingRows,
        folder: CaptureFolder,
        feature_names: Sequence[str],
        events: CaptureEvents,
        drops: DropCount,
        *,
        close_seconds: float,
    ) -> None:
        self._pending = pending
        self._folder = folder
        self._feature_names = feature_names
        self._events = events
        self._drops = drops
        self.close_seconds = close_seconds
        self._stop_at: float | None = None
        self._stopping = threading.Event()
        self.failing = False
        """Whether the last attempt to write failed."""
        self.finished: Future[None] = Future()
        """Done once the last row is written or given up."""

    def start(self) -> None:
        """Start the thread."""
        # Marked as running, so that a waiter that gives up cannot cancel it.
        self.finished.set_running_or_notify_cancel()
        threading.Thread(target=self._run, name="capture-writer", daemon=True).start()

    def stop(self) -> None:
        """Let the thread write what is left, for ``close_seconds`` at most, and end."""
        if not self._stopping.is_set():
            self._stop_at = time.monotonic() + self.close_seconds
            self._stopping.set()
            self._pending.close()

    def _run(self) -> None:
        try:
            self._prepare()
            while batch := self._pending.next_batch():
                if self._out_of_time():
                    self._drops.add(DropReason.SHUTDOWN, len(self._pending))
                    break
                self._deal_with(batch)
        finally:
            self.finished.set_result(None)

    def _out_of_time(self) -> bool:
        return self._stop_at is not None and time.monotonic() >= self._stop_at

    def _prepare(self) -> None:
        # The first encoding loads what Polars loads late and holds the loop up for 25-40 ms:
        # better now than with requests under way.
        to_parquet((), self._feature_names)
        try:
            self._folder.prepare()
        except OSError as error:
            logger.warning("capture: the folder is not usable yet: %s", _reason(error))

    def _deal_with(self, batch: Sequence[CapturedPrediction]) -> None:
        began = time.monotonic()
        sound, content = self._encode(batch)
        encoding_seconds = time.monotonic() - began
        self._drops.add(DropReason.INVALID, len(batch) - len(sound))
        pause = FIRST_PAUSE_SECONDS
        while sound and not self._store(content, len(sound), encoding_seconds):
            if self._out_of_time():
                self._drops.add(DropReason.WRITE_FAILED, len(sound))
                break
            if self._stopping.wait(pause):
                time.sleep(FIRST_PAUSE_SECONDS)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        self._pending.discard(len(batch))

    def _encode(
        self, batch: Sequence[CapturedPrediction]
    ) -> tuple[Sequence[CapturedPrediction], bytes]:
        """Encode the batch without the rows that cannot be, should there be any."""
        try:
            return batch, to_parquet(batch, self._feature_names)
        except BaseException:  # Polars' panics are no Exceptions
            logger.exception("capture: a row does not fit the columns")
        sound = [prediction for prediction in batch if self._fits(prediction)]
        return sound, to_parquet(sound, self._feature_names) if sound else b""

    def _fits(self, prediction: CapturedPrediction) -> bool:
        try:
            to_parquet([prediction], self._feature_names)
        except BaseException:  # noqa: BLE001  # whatever is wrong with one row must not stop the rest
            return False
        return True

    def _store(self, content: bytes, rows: int, encoding_seconds: float) -> bool:
        began = time.monotonic()
        try:
            path = self._folder.add(content)
        except OSError as error:
            if not self.failing:
                logger.warning(
                    "capture: %d rows could not be written (%s) and wait; trying again",
                    len(self._pending),
                    _reason(error),
                    extra={"rows": len(self._pending)},
                )
            self.failing = True
            return False
        self._events.rows_written(rows)
        self._events.file_written(encoding_seconds + time.monotonic() - began)
        logger.info(
            "production data: %d %s written to %s",
            rows,
            "row" if rows == 1 else "rows",
            path.name,
            extra={"rows": rows, "file": path.name},
        )
        if self.failing:
            self.failing = False
            self._drops.say_rest()
        return True


def _reason(error: OSError) -> str:
    """Say what failed without the path, whose name belongs to the lines on written files."""
    return error.strerror or type(error).__name__
