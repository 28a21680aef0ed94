"""The journal of one process: made when the first record comes, removed when nothing is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capture.journal.appender import Position, SegmentAppender
from capture.journal.place import HeldJournal
from capture.journal.segment import Header

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from config.settings import CaptureSettings


class Journal:
    """Where one process appends. A folder that cannot be made yet is tried with each append."""

    def __init__(
        self,
        root: Path,
        contract: str,
        settings: CaptureSettings,
        made: Callable[[str, int], None] = lambda _name, _lock: None,
    ) -> None:
        """Take where it goes, and whom to tell its name and the descriptor of its lock."""
        self._root = root
        self._contract = contract
        self._settings = settings
        self._made = made
        self._held: HeldJournal | None = None
        self._appender: SegmentAppender | None = None

    @property
    def folder(self) -> Path:
        """Where the segments are, once something was appended."""
        assert self._held is not None  # noqa: S101  # asked by who was told of an append
        return self._held.path

    @property
    def name(self) -> str | None:
        """What it is called, once something was appended."""
        return self._held.name if self._held else None

    @property
    def end(self) -> Position:
        """Where the next record goes."""
        return self._appender.end if self._appender else Position(1, 0)

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return self._appender.size if self._appender else 0

    def append(self, frames: Sequence[bytes]) -> None:
        """Append records.

        Raises:
            OSError: nothing was appended.

        """
        self._open().append(frames, sync=self._settings.journal_sync == "commit")

    def sync(self) -> None:
        """Bring what was appended to the disk.

        Raises:
            OSError: the disk refuses.

        """
        if self._appender:
            self._appender.sync()

    def release(self, before: int) -> None:
        """Delete shipped segments.

        Raises:
            OSError: a segment could not be deleted.

        """
        if self._appender:
            self._appender.release(before)

    def close(self) -> None:
        """Let go; what is not shipped stays for the next process that looks."""
        if self._appender and self._held:
            self._appender.close()
            self._held.remove()

    def _open(self) -> SegmentAppender:
        if self._appender is None:
            self._held = HeldJournal.create(self._root)
            self._appender = SegmentAppender(
                self._held.path,
                Header(journal=self._held.name, contract=self._contract),
                segment_bytes=self._settings.journal_segment_bytes,
                max_bytes=self._settings.journal_max_bytes,
                synced_later=self._settings.journal_sync == "interval",
            )
            self._made(self._held.name, self._held.lock)
        return self._appender
