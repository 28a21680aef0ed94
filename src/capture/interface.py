"""The seams of capture: what the service calls, and what it tells telemetry."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from capture.record import CapturedPrediction


class DropReason(StrEnum):
    """Why a captured prediction never reached a file."""

    BUFFER_FULL = "buffer_full"
    """More rows wait than may: they arrive faster than the disk takes them."""
    WRITE_FAILED = "write_failed"
    """Writing failed until the rows that may wait, or the time to stop, ran out."""
    INVALID = "invalid"
    """The row does not fit the columns."""
    CLOSED = "closed"
    """It came after the service had closed the capture."""
    SHUTDOWN = "shutdown"
    """The disk did not answer in the time a stopping service has."""
    DISK_FULL = "disk_full"
    """The journal's disk is full, and so is the memory for rows that wait for it."""
    JOURNAL_FULL = "journal_full"
    """The journal is as large as it may be, since its rows could not be shipped."""


class Capture(Protocol):
    """Takes answered predictions towards parquet."""

    async def append(self, predictions: Sequence[CapturedPrediction]) -> None:
        """Take over ``predictions``; awaited before their answer leaves.

        When it returns, the predictions are as safe as the implementation promises. It never
        raises for want of space or disk: what cannot be kept is dropped and counted.
        """

    async def close(self) -> None:
        """Bring what was taken to its file, within a bounded time. May be called again."""


class ArchiveEvents(Protocol):
    """What becomes of files of captured predictions, for metrics."""

    def compacted(self, files: int, rows: int, /) -> None:
        """``files`` small files with ``rows`` predictions stand in a large one too."""

    def removed(self, reason: str, size: int, /) -> None:
        """One file, of ``size`` bytes, was removed."""

    def stored(self, size: int, most: int, /) -> None:
        """``size`` bytes are what all files hold together, ``most`` what they may."""


class CaptureEvents(Protocol):
    """What becomes of captured predictions, for metrics. Called from any thread."""

    def rows_written(self, rows: int, /) -> None:
        """``rows`` predictions stand in a finished file."""

    def file_written(self, seconds: float, /) -> None:
        """One file is finished; encoding and writing it took so long."""

    def dropped(self, reason: str, rows: int, /) -> None:
        """``rows`` predictions were given up; ``reason`` is a :class:`DropReason`."""

    def unprotected(self, rows: int, /) -> None:
        """``rows`` predictions are answered before they are in the journal."""

    def unshipped(self, rows: int, /) -> None:
        """``rows`` predictions are answered when only the journal has them, not yet the stream."""

    def set_aside(self, damage: str, /) -> None:
        """Bytes of a journal were no row; ``damage`` says why."""

    def writer_restarted(self) -> None:
        """Note that the process that writes files was started anew."""

    def recovered(self, rows: int, written: int, /) -> None:
        """``rows`` of a journal left behind were dealt with; ``written`` were in no file yet."""

    def watch_pending(self, pending: Callable[[], int], /) -> None:
        """``pending`` answers, at any time, how many rows wait for the disk."""

    def watch_oldest(self, age: Callable[[], float], /) -> None:
        """``age`` answers, at any time, for how many seconds the oldest of them has waited."""


class StreamEvents(Protocol):
    """What becomes of rows on their way through a stream, for metrics. Called from any thread."""

    def handed_over(self, rows: int, /) -> None:
        """``rows`` predictions are in the stream."""

    def hand_over_failed(self, reason: str, /) -> None:
        """Handing rows over failed once; ``reason`` is a :class:`StreamTrouble`."""

    def claimed(self, rows: int, /) -> None:
        """``rows`` were taken over from a worker that said nothing for too long."""

    def already_written(self, rows: int, /) -> None:
        """``rows`` that came once more stand in files already, and were left out."""

    def taken_back(self, rows: int, /) -> None:
        """``rows`` were written by two workers, and taken out of one's file again."""

    def dead(self, reason: str, rows: int, /) -> None:
        """``rows`` were set aside; ``reason`` is a :class:`DeathReason`."""

    def answered(self, up: bool, /) -> None:  # noqa: FBT001  # a state, not a way to do it
        """Redis answered what it was asked last, or did not."""

    def looked_at(self, waiting: int, delivered: int, age: float, /) -> None:
        """Note rows that no worker has taken, rows that one has, and the age of the oldest."""


class StreamTrouble(StrEnum):
    """Why rows could not be handed to the stream."""

    AWAY = "away"
    """Redis does not answer."""
    FULL = "full"
    """The stream holds as much as it may, or Redis has no memory left."""
    REFUSED = "refused"
    """Redis answers with another error."""
    LOST = "lost"
    """Redis has lost what it took last; that is handed over again."""


class DeathReason(StrEnum):
    """Why a row of the stream was set aside."""

    UNDECODABLE = "undecodable"
    """It is no row."""
    FOREIGN = "foreign"
    """It follows another feature contract, or does not fit the columns."""
    UNDELIVERABLE = "undeliverable"
    """Workers took it again and again, and none brought it into a file."""
