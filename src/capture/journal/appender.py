"""Appends records to the segments of one journal."""

from __future__ import annotations

import errno
import os
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from capture.journal.segment import segment_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from capture.journal.segment import Header

_MOST_BUFFERS = os.sysconf("SC_IOV_MAX")


class JournalFullError(OSError):
    """The journal holds as many bytes as it may."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place between two records."""

    segment: int
    offset: int


class SegmentAppender:
    """Appends from one thread; :meth:`release` may come from another.

    A failed append leaves nothing behind :attr:`end`; where it cannot be cut off, the next segment
    says where this one ends.
    """

    def __init__(
        self,
        folder: Path,
        header: Header,
        *,
        segment_bytes: int,
        max_bytes: int,
        synced_later: bool,
    ) -> None:
        """Take where to write; the first segment is opened by the first append.

        Args:
            folder: of the journal; it exists.
            header: what every segment begins with.
            segment_bytes: size from which another segment is begun.
            max_bytes: what all segments may hold together.
            synced_later: whether :meth:`sync` is called every so often. Only then are full segments
                kept open for it, which keeps their bytes on the disk as well.

        """
        self._folder = folder
        self._header = header
        self._segment_bytes = segment_bytes
        self._max_bytes = max_bytes
        self._synced_later = synced_later
        self._file: int | None = None
        self._finished: deque[int] = deque()
        """Files of full segments that :meth:`sync` has yet to bring to the disk."""
        self._sizes: dict[int, int] = {}
        self.end = Position(0, 0)

    @property
    def size(self) -> int:
        """How many bytes the segments hold."""
        return sum(list(self._sizes.values()))

    def append(self, frames: Sequence[bytes], *, sync: bool) -> None:
        """Append records; with ``sync`` they are on the disk, not only in the kernel's hands.

        Raises:
            JournalFullError: there is no room within ``max_bytes``.
            OSError: the disk refuses. Nothing was appended, or it may be appended again.

        """
        size = sum(map(len, frames))
        if self.size + size > self._max_bytes:
            raise JournalFullError(errno.EDQUOT, "the journal is as large as it may be")
        if self._file is None or self.end.offset >= self._segment_bytes:
            self._begin_segment()
        assert self._file is not None  # noqa: S101  # begun above
        try:
            _write(self._file, frames)
            if sync:
                os.fdatasync(self._file)
        except OSError:
            self._take_back()
            raise
        self._grow(size)

    def sync(self) -> None:
        """Bring what was appended so far to the disk. May be called from one other thread.

        Raises:
            OSError: the disk refuses.

        """
        while self._finished:
            file = self._finished[0]
            os.fdatasync(file)
            self._finished.popleft()
            os.close(file)
        current = self._file  # whoever appends may let go of it meanwhile
        if current is not None:
            os.fdatasync(current)

    def release(self, before: int) -> None:
        """Delete the segments whose numbers are below ``before``: their records are shipped.

        Raises:
            OSError: a segment could not be deleted; it is tried again the next time.

        """
        for number in sorted(self._sizes):
            if number >= before:
                break
            with suppress(FileNotFoundError):
                segment_path(self._folder, number).unlink()
            del self._sizes[number]

    def close(self) -> None:
        """Let go of the files."""
        while self._finished:
            os.close(self._finished.popleft())
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _let_go(self, file: int) -> None:
        """Write to a file no more."""
        if self._synced_later:
            self._finished.append(file)
        else:
            os.close(file)

    def _begin_segment(self) -> None:
        number = self.end.segment + 1
        header = self._header
        if self._file is None and self.end.segment:  # left with what could not be cut off
            header = replace(header, previous_end=self.end.offset)
        line = header.encode()
        path = segment_path(self._folder, number)
        # A begun segment whose header failed half way is begun again.
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC)
        try:
            _write(file, [line])
        except OSError:
            os.close(file)
            with suppress(OSError):
                path.unlink()
            raise
        if self._file is not None:
            self._let_go(self._file)
        self._file = file
        self.end = Position(number, 0)
        self._grow(len(line))

    def _grow(self, size: int) -> None:
        self.end = Position(self.end.segment, self.end.offset + size)
        self._sizes[self.end.segment] = self.end.offset

    def _take_back(self) -> None:
        """Cut off what a failed append has left; where even that fails, write elsewhere."""
        assert self._file is not None  # noqa: S101  # an append got this far
        try:
            os.ftruncate(self._file, self.end.offset)
        except OSError:
            self._let_go(self._file)
            self._file = None


def _write(file: int, frames: Sequence[bytes]) -> None:
    """Write all of ``frames``; the kernel may take them in parts."""
    for start in range(0, len(frames), _MOST_BUFFERS):
        part = frames[start : start + _MOST_BUFFERS]
        written = os.writev(file, part)
        if written < sum(map(len, part)):
            rest = memoryview(b"".join(part))[written:]
            while rest:
                rest = rest[os.write(file, rest) :]
