from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from capture.pending import PendingRows

if TYPE_CHECKING:
    from collections.abc import Callable

    from capture.record import CapturedPrediction


def test_takes_up_to_the_bound(make_predictions: Callable[..., list[CapturedPrediction]]) -> None:
    """Rows are taken from the first on until the bound, and again once some are dealt with."""
    pending = PendingRows(rows_per_batch=2, max_age_seconds=60, bound=5)
    rows = make_predictions(9)

    assert pending.offer(rows[:4]) == 4
    assert pending.offer(rows[4:8]) == 1
    assert len(pending) == 5
    assert pending.next_batch() == rows[:2]
    assert len(pending) == 5, "a batch under way still waits for the disk"

    pending.discard(2)

    assert pending.offer(rows[8:]) == 1
    assert pending.next_batch() == rows[2:4]


def test_an_aged_row_makes_a_batch(
    make_predictions: Callable[..., list[CapturedPrediction]],
) -> None:
    """A lone row is handed out once it is as old as a row may get, and not before."""
    pending = PendingRows(rows_per_batch=100, max_age_seconds=0.2, bound=1000)
    rows = make_predictions(1)
    began = time.monotonic()
    pending.offer(rows)

    assert pending.next_batch() == rows
    assert time.monotonic() - began >= 0.2


def test_close_hands_out_the_rest(
    make_predictions: Callable[..., list[CapturedPrediction]],
) -> None:
    """A waiting writer gets what is there when the queue closes, then an empty batch for good."""
    pending = PendingRows(rows_per_batch=2, max_age_seconds=60, bound=10)
    rows = make_predictions(1)
    pending.offer(rows)
    timer = threading.Timer(0.05, pending.close)
    timer.start()

    assert pending.next_batch() == rows
    pending.discard(1)
    assert pending.next_batch() == []
    assert pending.offer(rows) == 0
    timer.join()


def test_close_hands_out_whole_batches_first(
    make_predictions: Callable[..., list[CapturedPrediction]],
) -> None:
    """Also a closed queue gives full batches as long as it holds them."""
    pending = PendingRows(rows_per_batch=2, max_age_seconds=60, bound=10)
    rows = make_predictions(3)
    pending.offer(rows)
    pending.close()

    assert pending.next_batch() == rows[:2]
    pending.discard(2)
    assert pending.next_batch() == rows[2:]
