"""Rows that no file can be written with."""

from __future__ import annotations

import errno
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from capture.archive.history import CaptureHistory
from capture.folder import CaptureFolder
from capture.unwritable import UnwritableRowsError, add_file
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from capture.record import CapturedPrediction

    MakePredictions = Callable[..., list[CapturedPrediction]]


@pytest.mark.parametrize("places", [{0}, {2, 3, 9}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}])
def test_those_to_blame_are_found(
    places: set[int], make_predictions: MakePredictions, tmp_path: Path
) -> None:
    """However many and wherever they are; nothing is written."""
    rows = [
        msgspec.structs.replace(row, features=b"short") if place in places else row
        for place, row in enumerate(make_predictions(10))
    ]
    history = CaptureHistory.of(tmp_path)
    with pytest.raises(UnwritableRowsError, match="does not hold 133 features") as raised:
        add_file(history, rows, FEATURE_NAMES)
    assert raised.value.ids == {f"p{place}" for place in places}
    assert not history.small.files()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), OSError(errno.ENOMEM, "there is not enough memory")),
        (OSError(errno.ENOSPC, "full"), OSError(errno.ENOSPC, "full")),
    ],
)
def test_no_row_is_to_blame_for_want_of_memory_or_disk(
    error: Exception, expected: OSError, make_predictions: MakePredictions, tmp_path: Path
) -> None:
    """It is told as what may pass."""
    with pytest.raises(OSError, match=str(expected.strerror)) as raised:
        add_file(_failing(tmp_path, error), make_predictions(3), FEATURE_NAMES)
    assert raised.value.errno == expected.errno


def test_all_are_to_blame_where_none_is_alone(
    make_predictions: MakePredictions, tmp_path: Path
) -> None:
    """Rows that can be written, and not together: a fault that cannot be told apart."""
    files = _failing(tmp_path, ZeroDivisionError("together"))
    with pytest.raises(UnwritableRowsError, match="ZeroDivisionError: together") as raised:
        add_file(files, make_predictions(3), FEATURE_NAMES)
    assert raised.value.ids == {"p0", "p1", "p2"}


def _failing(folder: Path, error: Exception) -> CaptureHistory:
    """Make files whose clock raises."""

    def fail() -> datetime:
        raise error

    history = CaptureHistory.of(folder)
    return replace(history, small=CaptureFolder(history.small.path, fail))
