"""No capture: for who may keep nothing of what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capture.record import CapturedPrediction


class DisabledCapture:
    """A ``Capture`` that keeps nothing."""

    pending_rows = 0
    trouble = None

    async def append(self, predictions: Sequence[CapturedPrediction]) -> None:
        """Keep nothing."""

    async def close(self) -> None:
        """Have nothing to close."""
