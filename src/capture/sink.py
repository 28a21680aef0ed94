"""Where rows go from the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capture.record import CapturedPrediction


class Sink(Protocol):
    """Takes batches of rows, each once. Blocks; called from one thread at a time."""

    def fits(self, prediction: CapturedPrediction, /) -> bool:
        """Tell whether a row can be taken at all."""

    def ship(self, batch: Sequence[CapturedPrediction], /) -> None:
        """Keep all rows of the batch durably, or none.

        Raises:
            OSError: they could not be kept; they may be shipped again.

        """

    def missing(self, rows: Sequence[CapturedPrediction], /) -> Sequence[CapturedPrediction]:
        """Give those of the rows that it does not hold already.

        For rows whose shipping a crash may have cut off.

        Raises:
            OSError: it cannot tell now.

        """
