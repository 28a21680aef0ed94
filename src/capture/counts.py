"""What becomes of captured predictions, as plain numbers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class CountedArchiveEvents:
    """``ArchiveEvents`` as plain numbers."""

    def __init__(self) -> None:
        self.files = 0
        self.rows = 0
        self.removals: Counter[str] = Counter()
        self.size = -1

    def compacted(self, files: int, rows: int, /) -> None:
        """Add to ``files`` and ``rows``."""
        self.files += files
        self.rows += rows

    def removed(self, reason: str, size: int, /) -> None:
        """Add to ``removals`` of that reason."""
        del size
        self.removals[reason] += 1

    def stored(self, size: int, most: int, /) -> None:
        """Keep ``size``."""
        del most
        self.size = size


class CountedEvents:
    """``CaptureEvents`` as plain numbers."""

    def __init__(self) -> None:
        self.rows = 0
        self.files = 0
        self.drops: Counter[str] = Counter()
        self.late = 0
        self.early = 0
        self.damage: Counter[str] = Counter()
        self.restarts = 0
        self.recoveries = (0, 0)
        self.pending: Callable[[], int] = int
        self.oldest: Callable[[], float] = float

    def rows_written(self, rows: int, /) -> None:
        """Add to ``rows``."""
        self.rows += rows

    def file_written(self, seconds: float, /) -> None:
        """Add to ``files``."""
        del seconds
        self.files += 1

    def dropped(self, reason: str, rows: int, /) -> None:
        """Add to ``drops`` of that reason."""
        self.drops[reason] += rows

    def unprotected(self, rows: int, /) -> None:
        """Add to ``late``."""
        self.late += rows

    def unshipped(self, rows: int, /) -> None:
        """Add to ``early``."""
        self.early += rows

    def set_aside(self, damage: str, /) -> None:
        """Add to ``damage`` of that kind."""
        self.damage[damage] += 1

    def writer_restarted(self) -> None:
        """Add to ``restarts``."""
        self.restarts += 1

    def recovered(self, rows: int, written: int, /) -> None:
        """Add to ``recoveries``: rows, and those written."""
        self.recoveries = (self.recoveries[0] + rows, self.recoveries[1] + written)

    def watch_pending(self, pending: Callable[[], int], /) -> None:
        """Hold on to ``pending``."""
        self.pending = pending

    def watch_oldest(self, age: Callable[[], float], /) -> None:
        """Hold on to ``age``."""
        self.oldest = age


class CountedStreamEvents:
    """``StreamEvents`` as plain numbers."""

    def __init__(self) -> None:
        self.rows = 0
        self.failures: Counter[str] = Counter()
        self.claims = 0
        self.known = 0
        self.doubled = 0
        self.deaths: Counter[str] = Counter()
        self.up: bool | None = None
        self.lag: tuple[int, int, float] | None = None

    def handed_over(self, rows: int, /) -> None:
        """Add to ``rows``."""
        self.rows += rows

    def hand_over_failed(self, reason: str, /) -> None:
        """Add to ``failures`` of that reason."""
        self.failures[reason] += 1

    def claimed(self, rows: int, /) -> None:
        """Add to ``claims``."""
        self.claims += rows

    def already_written(self, rows: int, /) -> None:
        """Add to ``known``."""
        self.known += rows

    def taken_back(self, rows: int, /) -> None:
        """Add to ``doubled``."""
        self.doubled += rows

    def dead(self, reason: str, rows: int, /) -> None:
        """Add to ``deaths`` of that reason."""
        self.deaths[reason] += rows

    def answered(self, up: bool, /) -> None:  # noqa: FBT001  # as its protocol has it
        """Keep ``up``."""
        self.up = up

    def looked_at(self, waiting: int, delivered: int, age: float, /) -> None:
        """Keep what was seen."""
        self.lag = (waiting, delivered, age)
