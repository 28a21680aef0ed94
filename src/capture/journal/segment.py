"""One file of a journal: a line that says whose it is, then records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

import msgspec

from capture.record import UNREADABLE

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX: Final = ".journal"
_FORMAT: Final = "dexwatch-journal-1"
_LONGEST_HEADER: Final = 1024


class NotASegmentError(Exception):
    """A file does not begin as a segment of this format."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Whose records follow."""

    journal: str
    contract: str
    """Version of the feature contract that the rows' features follow."""
    previous_end: int | None = None
    """Where the records of the segment before end, if bytes stand behind that belong to none."""
    format: str = _FORMAT

    def encode(self) -> bytes:
        """Give the line."""
        return msgspec.json.encode(self) + b"\n"

    @classmethod
    def decode(cls, content: bytes) -> tuple[Self, int]:
        """Read the line at the start of ``content``; also give where the records begin.

        Raises:
            NotASegmentError: there is no such line.

        """
        end = content.find(b"\n", 0, _LONGEST_HEADER)
        try:
            header = msgspec.json.decode(content[: max(end, 0)], type=cls)
        except UNREADABLE as error:
            raise NotASegmentError("it does not begin with a header") from error
        if header.format != _FORMAT:
            raise NotASegmentError(f"its format is {header.format!r}")
        return header, end + 1


def segment_path(journal: Path, number: int) -> Path:
    """Name the segment of that number, counted from 1."""
    return journal / f"{number:08}{SUFFIX}"


def number_of(segment: Path) -> int:
    """Tell the number of a segment."""
    return int(segment.stem)


def end_of_records(segment: Path) -> int | None:
    """Tell where the records of a segment end, if the next one says that it is before its end.

    Raises:
        OSError: the next one cannot be read.

    """
    following = segment_path(segment.parent, number_of(segment) + 1)
    try:
        with following.open("rb") as file:
            header, _ = Header.decode(file.read(_LONGEST_HEADER))
    except (FileNotFoundError, NotASegmentError):
        return None
    return header.previous_end


def segments(journal: Path) -> list[Path]:
    """List the segments in the order of their writing."""
    return sorted(filter(_named_as_one, journal.glob(f"*{SUFFIX}")))


def strays(journal: Path) -> list[Path]:
    """List the files that end as segments do and have no number as their name."""
    return sorted(path for path in journal.glob(f"*{SUFFIX}") if not _named_as_one(path))


def _named_as_one(path: Path) -> bool:
    stem = path.stem
    return stem.isascii() and stem.isdecimal() and path == segment_path(path.parent, int(stem))
