"""In-memory stand-in for the seam of capture, for tests of what lies above."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capture.record import CapturedPrediction


class InMemoryCapture:
    """A ``Capture`` that keeps what it was given in ``predictions``."""

    def __init__(self) -> None:
        self.predictions: list[CapturedPrediction] = []
        self.closed = False

    async def append(self, predictions: Sequence[CapturedPrediction]) -> None:
        """Keep ``predictions``."""
        self.predictions.extend(predictions)

    async def close(self) -> None:
        """Remember having been closed."""
        self.closed = True
