"""From the id of a prediction to what was captured of it, wherever that stands by now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from capture.archive.history import CaptureHistory
from capture.columns import IDENTIFYING, to_frame
from capture.journal.lookup import find_in_journals
from capture.journal.place import JOURNAL_FOLDER
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    import polars as pl


@dataclass(frozen=True, slots=True)
class PredictionLookup:
    """Looks into the journals and the files under one data folder. Blocks on the disk."""

    journals: Path
    history: CaptureHistory

    @classmethod
    def of(cls, data_dir: Path) -> Self:
        """Find the folders under the data folder."""
        return cls(data_dir / JOURNAL_FOLDER, CaptureHistory.of(data_dir))

    def find(
        self, ids: Collection[str], columns: Sequence[str] = tuple(IDENTIFYING)
    ) -> pl.DataFrame:
        """Give ``columns`` of the rows of these predictions, as many as are found, each once.

        Raises:
            ValueError: one is no id of a prediction.
            OSError: a journal cannot be read.

        """
        # In this order: a row leaves its journal only once it stands in a file.
        waiting = to_frame(find_in_journals(self.journals, ids), FEATURE_NAMES).select(columns)
        kept = self.history.find(ids, columns)
        return waiting.vstack(kept).unique("prediction_id", keep="first", maintain_order=True)
