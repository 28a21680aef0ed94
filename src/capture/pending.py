"""Captured predictions that wait for the disk: bounded, and never a wait for who adds them."""

from __future__ import annotations

import threading
import time
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capture.record import CapturedPrediction


class PendingRows:
    """A queue between the event loop and one writer thread.

    A row stays in it, and counts against ``bound``, until the writer says that it is dealt
    with. The lock is only ever held for microseconds.
    """

    def __init__(self, *, rows_per_batch: int, max_age_seconds: float, bound: int) -> None:
        self._rows_per_batch = rows_per_batch
        self._max_age_seconds = max_age_seconds
        self._bound = bound
        self._rows: deque[tuple[float, CapturedPrediction]] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def __len__(self) -> int:
        return len(self._rows)

    def oldest_age(self) -> float:
        """Give for how many seconds the oldest row has waited; 0 when none waits."""
        with self._changed:
            return time.monotonic() - self._rows[0][0] if self._rows else 0.0

    @property
    def closed(self) -> bool:
        """Whether rows are refused from now on."""
        return self._closed

    @property
    def full(self) -> bool:
        """Whether there is no room for another row."""
        return len(self._rows) >= self._bound

    def offer(self, rows: Sequence[CapturedPrediction]) -> int:
        """Take as many of ``rows`` as may wait, from the first on; return how many were taken."""
        with self._changed:
            before = len(self._rows)
            room = 0 if self._closed else max(0, self._bound - before)
            arrived = time.monotonic()
            self._rows.extend((arrived, row) for row in islice(rows, room))
            # The writer is woken to start the age of a first row and when a batch is full,
            # and left asleep for every row between.
            if not before or before < self._rows_per_batch <= len(self._rows):
                self._changed.notify()
            return len(self._rows) - before

    def next_batch(self) -> list[CapturedPrediction]:
        """Wait for a full batch, an aged row or the close; return the oldest rows up to a batch.

        They stay in the queue until :meth:`discard`. An empty list says that the queue is closed
        and nothing is left.
        """
        with self._changed:
            while not self._closed and len(self._rows) < self._rows_per_batch:
                patience = None
                if self._rows:
                    patience = self._rows[0][0] + self._max_age_seconds - time.monotonic()
                    if patience <= 0:
                        break
                self._changed.wait(patience)
            return [row for _, row in islice(self._rows, self._rows_per_batch)]

    def discard(self, count: int) -> None:
        """Take the ``count`` oldest rows out: they are written, or given up."""
        with self._changed:
            for _ in range(count):
                self._rows.popleft()

    def close(self) -> None:
        """Refuse rows from now on; batches are handed out at once until none is left."""
        with self._changed:
            self._closed = True
            self._changed.notify()
