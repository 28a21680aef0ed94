"""Finds rows that stand in journals, without disturbing who writes or ships them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from capture.journal.framing import Record, record_around, scan
from capture.journal.place import journals
from capture.journal.segment import Header, NotASegmentError, segments
from capture.record import read_row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from capture.record import CapturedPrediction

_FEW: Final = 16
"""Up to as many ids are sought in a segment's bytes, a millisecond each; for more it is read."""


def find_in_journals(root: Path, ids: Collection[str]) -> list[CapturedPrediction]:
    """Read the rows of these predictions from all journals under ``root``.

    What is shipped meanwhile may be missing here, and stands in a file then: look here first.

    Raises:
        OSError: a segment cannot be read.

    """
    wanted = set(ids)
    found: dict[str, CapturedPrediction] = {}
    for journal in journals(root):
        for path in segments(journal):
            with suppress(FileNotFoundError):  # shipped meanwhile
                for row in _rows(path) if len(wanted) > _FEW else _rows_with(path, wanted):
                    if row.prediction_id in wanted:
                        found[row.prediction_id] = row
    return list(found.values())


def count_rows(journal: Path) -> int:
    """Count the sound rows of a journal.

    Raises:
        OSError: a segment cannot be read.

    """
    return sum(1 for path in segments(journal) for _ in _rows(path))


def _rows_with(path: Path, ids: Collection[str]) -> Iterator[CapturedPrediction]:
    """Read the rows in whose bytes one of these ids stands."""
    content = path.read_bytes()
    for prediction_id in ids:
        position = content.find(prediction_id.encode())
        record = record_around(content, position) if position >= 0 else None
        row = read_row(record.payload) if record is not None else None
        if row is not None:
            yield row


def _rows(path: Path) -> Iterator[CapturedPrediction]:
    content = path.read_bytes()
    try:
        _, start = Header.decode(content)
    except NotASegmentError:
        return
    for record in scan(content, start):
        row = read_row(record.payload) if isinstance(record, Record) else None
        if row is not None:
            yield row
