"""Reads rows back from segments."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from capture.journal.appender import Position
from capture.journal.framing import Damage, Gap, frame, scan
from capture.journal.segment import (
    Header,
    NotASegmentError,
    end_of_records,
    number_of,
    segment_path,
    segments,
)
from capture.record import CapturedPrediction, read_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from capture.journal.set_aside import SetAside

_encoder: Final = msgspec.msgpack.Encoder()


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A row, and where in its journal it ends."""

    prediction: CapturedPrediction
    end: Position


class SegmentReader:
    """Reads the rows of segments; what is no row is set aside and passed over."""

    def __init__(
        self, contract: str, fits: Callable[[CapturedPrediction], bool], set_aside: SetAside
    ) -> None:
        """Take what a row must satisfy.

        Args:
            contract: version of the feature contract that segments must follow.
            fits: whether a row can be shipped at all.
            set_aside: takes the rest.

        """
        self._contract = contract
        self._fits = fits
        self._set_aside = set_aside

    def read(self, path: Path, start: int = 0, end: int | None = None) -> Iterator[JournalRow]:
        """Read the rows between two places of a segment; 0 and None are its start and its end.

        Raises:
            OSError: the segment cannot be read, or damage cannot be set aside.

        """
        number = number_of(path)
        if end is None:
            end = end_of_records(path)
        with path.open("rb") as file:
            file.seek(start)
            content = file.read(-1 if end is None else end - start)
        records = 0
        if start == 0:
            if not content:
                return  # its process was killed before it wrote the header
            try:
                header, records = Header.decode(content)
            except NotASegmentError:
                self._set_aside.add(path, 0, content, Damage.FOREIGN)
                return
            if header.contract != self._contract:
                self._set_aside.add(path, 0, content, Damage.FOREIGN)
                return
        position = records
        for found in scan(content, records):
            if isinstance(found, Gap):
                self._set_aside.add(
                    path, start + found.start, content[found.start : found.end], found.damage
                )
            else:
                row = read_row(found.payload)
                if row is None or not self._fits(row):
                    self._set_aside.add(path, start + position, found.payload, Damage.FOREIGN)
                else:
                    yield JournalRow(row, Position(number, start + found.end))
            position = found.end

    def refuse(self, journal: str, row: JournalRow) -> None:
        """Set a row aside that was read, and that nothing can be done with.

        Raises:
            OSError: it cannot be set aside.

        """
        payload = _encoder.encode(row.prediction)
        path = segment_path(Path(journal), row.end.segment)
        start = row.end.offset - len(frame(payload))
        self._set_aside.add(path, start, payload, Damage.UNWRITABLE)

    def refuse_file(self, path: Path) -> None:
        """Set a file aside that is no segment.

        Raises:
            OSError: it cannot be set aside.

        """
        self._set_aside.add(path, 0, path.read_bytes(), Damage.FOREIGN)


class JournalTail:
    """Follows a journal that is being written."""

    def __init__(self, folder: Path, reader: SegmentReader) -> None:
        self._folder = folder
        self._reader = reader
        self._position = Position(1, 0)
        self._rows: list[JournalRow] = []
        """Read but not shipped."""

    @property
    def first_needed(self) -> int:
        """The first segment that holds a row which is not shipped."""
        return self._rows[0].end.segment if self._rows else self._position.segment

    def peek(self, most: int, end: Position) -> list[JournalRow]:
        """Give the oldest rows that are not shipped, up to ``most``, of what ends at ``end``.

        Raises:
            OSError: a segment cannot be read.

        """
        while len(self._rows) < most and self._position < end:
            number, offset = self._position.segment, self._position.offset
            last = number == end.segment
            path = segment_path(self._folder, number)
            self._rows += self._reader.read(path, offset, end.offset if last else None)
            self._position = end if last else Position(number + 1, 0)
        return self._rows[:most]

    def exhausted(self, end: Position) -> bool:
        """Tell whether no row before ``end`` is left to ship."""
        return not self._rows and self._position >= end

    def shipped(self, count: int) -> None:
        """Forget the oldest rows."""
        del self._rows[:count]

    def go_back(self, kept: Position) -> int:
        """Read again what follows ``kept``, as far as it is still there; tell how many rows more.

        Raises:
            OSError: a segment cannot be read; the rest is read by :meth:`peek`.

        """
        numbers = [number_of(path) for path in segments(self._folder)]
        read_to, waited = self._position, len(self._rows)
        self._position = max(kept, Position(min(numbers, default=1), 0))
        self._rows.clear()
        return len(self.peek(sys.maxsize, read_to)) - waited
