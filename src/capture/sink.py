"""Where rows go from the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capture.journal.appender import Position
    from capture.journal.reader import JournalRow
    from capture.record import CapturedPrediction
    from config.settings import CaptureSettings


@dataclass(frozen=True, slots=True)
class Manner:
    """How a sink wants to be shipped to."""

    full: int
    """Rows that are shipped whatever their age."""
    most: int
    """Rows of one batch."""
    max_age_seconds: float
    """From when on fewer rows are shipped as well."""
    awaited: bool = False
    """Whether answers wait until their rows are shipped, while that is quick."""
    kept_segments: int = 0
    """Shipped segments that stay for a while, should the sink lose what it took last."""


class SinkLostRowsError(OSError):
    """The sink has lost rows that it had taken."""

    def __init__(self, kept: Position) -> None:
        super().__init__("it has lost what it took last")
        self.kept = kept
        """Where the rows end that it has."""


class Sink(Protocol):
    """Takes batches of rows, each once. Blocks; called from one thread at a time."""

    @property
    def trouble(self) -> str:
        """Say, of a sink that just failed, what is wrong."""

    def manner(self, settings: CaptureSettings, /) -> Manner:
        """Tell how it wants to be shipped to."""

    def fits(self, prediction: CapturedPrediction, /) -> bool:
        """Tell whether a row can be taken at all."""

    def ship(self, journal: str, batch: Sequence[JournalRow], /) -> None:
        """Keep all rows of the batch durably, or none.

        Raises:
            SinkLostRowsError: rows that were shipped before are to be shipped again first.
            UnwritableRowsError: some can never be kept, and are not to be shipped again.
            OSError: they could not be kept; they may be shipped again, and others with them.

        """

    def missing(self, journal: str, rows: Sequence[JournalRow], /) -> Sequence[JournalRow]:
        """Give those of the rows that it does not hold already.

        For rows whose shipping a crash may have cut off.

        Raises:
            OSError: it cannot tell now.

        """

    def forget(self, journal: str, /) -> None:
        """Forget what it knows of a journal, all of whose rows are shipped and which is gone."""
