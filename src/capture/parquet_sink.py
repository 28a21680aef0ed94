"""Rows into parquet files, each prediction once."""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from capture.archive.history import CLOCK_SLACK
from capture.columns import FEATURE_BYTES, to_frame, write_parquet
from capture.sink import Manner
from capture.unwritable import add_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from capture.file_writer import FileWriter
    from capture.files import CapturedFiles
    from capture.interface import CaptureEvents
    from capture.journal.reader import JournalRow
    from capture.record import CapturedPrediction
    from config.settings import CaptureSettings

logger = logging.getLogger(__name__)

_LARGEST_ID: Final = 2**31 - 1


class ParquetSink:
    """A ``Sink`` that writes a file for each batch."""

    trouble = "files cannot be written"

    def __init__(
        self,
        files: CapturedFiles,
        feature_names: Sequence[str],
        events: CaptureEvents,
        writer: FileWriter | None = None,
    ) -> None:
        """Write into ``files``; rows of the writer's journal through the writer."""
        self._files = files
        self._feature_names = feature_names
        self._events = events
        self._writer = writer

    def manner(self, settings: CaptureSettings, /) -> Manner:
        """Ship a file's worth of rows, or what has waited long enough; no answer waits for it."""
        rows = settings.rows_per_file
        return Manner(full=rows, most=rows, max_age_seconds=settings.max_age_seconds)

    def fits(self, prediction: CapturedPrediction, /) -> bool:
        """Tell whether the row fits the columns; its types are right when it was decoded."""
        return (
            len(prediction.features) == FEATURE_BYTES * len(self._feature_names)
            and prediction.predicted_at.tzinfo is not None
            and abs(prediction.pokemon_a_id) <= _LARGEST_ID
            and abs(prediction.pokemon_b_id) <= _LARGEST_ID
        )

    def ship(self, journal: str, batch: Sequence[JournalRow], /) -> None:
        """Write the rows as a file."""
        rows = [row.prediction for row in batch]
        writer = self._writer
        if writer is None or writer.journal != journal:
            self.write(rows)
            return
        if writer.unsure:
            written = self.holders(rows)
            writer.unsure = False
            self._events.rows_written(len(written))
            rows = [row for row in rows if row.prediction_id not in written]
        if rows:
            self._write(rows, writer.add)

    def missing(self, journal: str, rows: Sequence[JournalRow], /) -> Sequence[JournalRow]:
        """Give those of the rows that no file holds."""
        del journal
        written = self.holders([row.prediction for row in rows])
        return [row for row in rows if row.prediction.prediction_id not in written]

    def forget(self, journal: str, /) -> None:
        """Know nothing of journals."""

    def write(self, batch: Sequence[CapturedPrediction]) -> str:
        """Write a file; give its name.

        Raises:
            OSError: nothing was written.
            UnwritableRowsError: nothing was written, for some of the rows' sake.

        """
        return self._write(batch, lambda rows: add_file(self._files, rows, self._feature_names))

    def _write(
        self,
        batch: Sequence[CapturedPrediction],
        add: Callable[[Sequence[CapturedPrediction]], str],
    ) -> str:
        began = time.monotonic()
        name = add(batch)
        self._events.rows_written(len(batch))
        self._events.file_written(time.monotonic() - began)
        logger.info(
            "production data: %d %s written to %s",
            len(batch),
            "row" if len(batch) == 1 else "rows",
            name,
            extra={"rows": len(batch), "file": name},
        )
        return name

    def holders(self, batch: Sequence[CapturedPrediction]) -> Mapping[str, set[str]]:
        """Give, for those that stand in files already, the names of these.

        Raises:
            OSError: it cannot be told now.

        """
        since = min(row.predicted_at for row in batch) - CLOCK_SLACK
        return self._files.holders([row.prediction_id for row in batch], since)

    def rewrite(self, name: str, batch: Sequence[CapturedPrediction]) -> None:
        """Let a file of ours hold these rows and no others.

        Raises:
            OSError: it is as it was.

        """
        frame = to_frame(batch, self._feature_names)
        self._files.replace(name, partial(write_parquet, frame))
