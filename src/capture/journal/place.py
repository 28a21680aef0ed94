"""Whose journal is whose: a folder for each, held by a lock that ends with its process."""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import shutil
import time
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self

from capture.journal.segment import segments, strays

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

logger = logging.getLogger(__name__)

JOURNAL_FOLDER: Final = "journal"
"""Where journals are, under the data folder."""
_LOCK: Final = "lock"
_BEING_MADE: Final = ".making-"
_ABANDONED_SECONDS: Final = 600.0
"""What is being made for so long has lost its maker."""


class HeldJournal:
    """The folder of one journal, held against every other process until released."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    @property
    def lock(self) -> int:
        """The descriptor that holds it; whoever is handed it holds it too."""
        return self._lock

    @property
    def name(self) -> str:
        """Tell this journal from every other, on any machine."""
        return self.path.name

    @classmethod
    def create(cls, root: Path) -> Self:
        """Make a new journal under ``root``.

        It appears under its name only once it is held, so that nobody takes it for one whose
        process is gone.

        Raises:
            OSError: the folder cannot be made.

        """
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}-{secrets.token_hex(4)}"
        making = root / f"{_BEING_MADE}{name}"
        making.mkdir(parents=True)
        with ExitStack() as undoing:
            undoing.callback(_discard, making)
            _discard_abandoned(root)
            lock = os.open(making / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
            undoing.callback(os.close, lock)
            fcntl.flock(lock, fcntl.LOCK_EX)
            making.rename(root / name)
            undoing.pop_all()
        return cls(root / name, lock)

    @classmethod
    def take_over(cls, path: Path, *, again: bool = False) -> Self | None:
        """Hold a journal that its process has left, or give None when it is held or gone.

        One of another account, say, is left to whoever may have it; the log says so, unless it was
        tried before (``again``).
        """
        try:
            lock = os.open(path / _LOCK, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            if not again:
                logger.warning("capture: journal %s is left alone: %s", path.name, error.strerror)
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return None
        if not os.path.exists(path / _LOCK):  # noqa: PTH110  # whoever held it has removed it since
            os.close(lock)
            return None
        return cls(path, lock)

    def release(self) -> None:
        """Let others have it, with whatever is in it."""
        os.close(self._lock)

    def remove(self) -> None:
        """Delete it, when nothing is left in it to ship, and release it."""
        if not segments(self.path) and not strays(self.path):
            shutil.rmtree(self.path, ignore_errors=True)
        self.release()


def _discard_abandoned(root: Path) -> None:
    for making in root.glob(f"{_BEING_MADE}*"):
        with suppress(FileNotFoundError):  # made meanwhile
            if making.stat().st_mtime < time.time() - _ABANDONED_SECONDS:
                _discard(making)


def _discard(making: Path) -> None:
    """Remove what is no journal yet; where that fails, whoever makes one later does."""
    with suppress(OSError):
        (making / _LOCK).unlink(missing_ok=True)
        making.rmdir()


def journals(root: Path) -> list[Path]:
    """List the journals under ``root``, oldest first."""
    if not root.is_dir():
        return []
    return sorted(
        path
        for path in root.iterdir()
        if os.path.exists(path / _LOCK)  # noqa: PTH110  # of a folder that is closed to us: no
        and path.name[0] != "."
    )


def left_behind(root: Path) -> Iterator[HeldJournal]:
    """Take over, one after the other, the journals whose processes are gone.

    The caller releases or removes each.
    """
    for path in journals(root):
        held = HeldJournal.take_over(path)
        if held is not None:
            yield held
