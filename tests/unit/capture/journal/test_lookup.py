"""Rows are found in journals by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from capture.journal.framing import frame
from capture.journal.journal import Journal
from capture.journal.lookup import find_in_journals
from config.settings import CaptureSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from capture.record import CapturedPrediction


@pytest.mark.parametrize("wanted", [2, 40])
def test_few_and_many_are_found(
    tmp_path: Path, make_predictions: Callable[..., list[CapturedPrediction]], wanted: int
) -> None:
    """Whichever way they are looked for: those that are there, whole, and no others."""
    rows = make_predictions(60)
    journal = Journal(tmp_path, "contract", CaptureSettings(journal_segment_bytes=10_000))
    journal.append([frame(msgspec.msgpack.encode(row)) for row in rows[:50]])
    journal.append([frame(msgspec.msgpack.encode(row)) for row in rows[50:]])
    no_text = msgspec.msgpack.encode(rows[-1]).replace(b"surf", b"\xff" * 4)
    journal.append([frame(no_text)])

    found = find_in_journals(tmp_path, [*(row.prediction_id for row in rows[-wanted:]), "none"])

    assert sorted(found, key=lambda row: row.predicted_at) == rows[-wanted:]
