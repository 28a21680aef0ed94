"""What ended processes have left in journals, into the sink after all."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from capture.batch import ship
from capture.journal.place import HeldJournal
from capture.journal.segment import segments, strays

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

    from capture.interface import CaptureEvents
    from capture.journal.reader import SegmentReader
    from capture.sink import Sink

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 60.0
"""How often it is looked whether others have let go of journals."""


class UnreadableJournalError(OSError):
    """What a journal holds cannot be read for now; no other rows need wait for that."""


def recover(
    held: HeldJournal, reader: SegmentReader, sink: Sink, events: CaptureEvents, rows: int
) -> None:
    """Ship what a journal still holds, each prediction once, and delete its segments.

    Raises:
        OSError: not all could be shipped; it may be called again.

    """
    for _ in recovering(held, reader, sink, events, rows):
        pass


def recovering(
    held: HeldJournal, reader: SegmentReader, sink: Sink, events: CaptureEvents, rows: int
) -> Iterator[None]:
    """Recover a journal as :func:`recover` does, a batch of so many rows at each step.

    Raises:
        UnreadableJournalError: not all could be read.
        OSError: not all could be shipped; it may be begun again.

    """
    for path in strays(held.path):
        with _reading():
            reader.refuse_file(path)
        path.unlink()
    for path in segments(held.path):
        with _reading():
            found = list(reader.read(path))
        missing = sink.missing(held.name, found) if found else []
        for start in range(0, len(missing), rows):
            ship(sink, reader, held.name, missing[start : start + rows])
            yield
        events.recovered(len(found), len(missing))
        path.unlink()


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnreadableJournalError(error.errno, error.strerror) from error


class LateRecovery:
    """Recovers journals that cannot be recovered for now, each once it can be, a batch at a time.

    Such as that of a service which was killed, and whose writer is still at its last file; or one
    on a disk that does not read it.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        recovering: Callable[[HeldJournal], Iterator[None]],
        forget: Callable[[str], None],
        unread_since: float | None = None,
    ) -> None:
        """Take which journals, how one is recovered, and whom to tell the name of one that is."""
        self._recovering = recovering
        self._forget = forget
        self._steps = self._look(paths)
        self.unread_since = unread_since
        """Since when one of them cannot be read, by the monotonic clock."""

    def step(self) -> float | None:
        """Recover a batch, if there is one; tell in how many seconds to go on, None for never."""
        return next(self._steps, None)

    def close(self) -> None:
        """Let go of the journal that is being recovered, if one is."""
        self._steps.close()

    def _look(self, paths: Sequence[Path]) -> Generator[float]:
        while paths := [*filter(os.path.exists, paths)]:  # never raises, unlike ``Path.exists``
            yield LOOK_SECONDS
            unread = False
            for path in paths:
                held = HeldJournal.take_over(path, again=True)
                if held is not None:
                    unread |= yield from self._recover(held)
            if not unread:
                self.unread_since = None

    def _recover(self, held: HeldJournal) -> Generator[float, None, bool]:
        """Recover a journal; tell whether it cannot be read."""
        name = held.name
        logger.info("capture: recovering journal %s", name)
        try:
            try:
                for _ in self._recovering(held):
                    yield 0.0
            finally:
                held.remove()  # unless something is left in it
            self._forget(name)
        except OSError as error:
            logger.warning(
                "capture: journal %s is recovered another time: %s",
                name,
                error.strerror or type(error).__name__,
            )
            return isinstance(error, UnreadableJournalError)
        except Exception:
            # Whatever it is, rows of ours go on.
            logger.exception("capture: journal %s is recovered another time", name)
        return False
