"""From the id of a prediction to what was captured of it, wherever that stands by now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from capture.columns import IDENTIFYING, to_frame
from capture.journal.lookup import find_in_journals
from capture.journal.place import JOURNAL_FOLDER
from capture.pipeline import captured_files, stream_lookup
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    import polars as pl

    from capture.files import CapturedFiles
    from capture.streams.lookup import StreamLookup
    from config.settings import Settings


@dataclass(frozen=True, slots=True)
class PredictionLookup:
    """Looks into the journals of one data folder, the stream and the files. Blocks on them."""

    journals: Path
    stream: StreamLookup | None
    files: CapturedFiles

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Find the places."""
        return cls(
            settings.data_dir / JOURNAL_FOLDER,
            stream_lookup(settings),
            captured_files(settings),
        )

    def find(
        self, ids: Collection[str], columns: Sequence[str] = tuple(IDENTIFYING)
    ) -> pl.DataFrame:
        """Give ``columns`` of the rows of these predictions, as many as are found, each once.

        Raises:
            ValueError: one is no id of a prediction.
            OSError: a journal cannot be read, or Redis does not answer and may have a row.

        """
        # In this order: a row leaves its journal only once the next place has it.
        rows = find_in_journals(self.journals, ids)
        away: OSError | None = None
        if self.stream is not None and len(rows) < len(ids):
            try:
                rows += self.stream.find(ids)
            except OSError as error:
                away = error
        waiting = to_frame(rows, FEATURE_NAMES)
        left = set(ids).difference(waiting["prediction_id"])
        found = waiting.select(columns)
        if left:
            found = found.vstack(self.files.find(left, columns))
        found = found.unique("prediction_id", keep="first", maintain_order=True)
        if away is not None and found.height < len(ids):
            raise away
        return found
