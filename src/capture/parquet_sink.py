"""Rows into the folder of parquet files, each prediction once."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

import polars as pl

from capture.archive.history import CLOCK_SLACK
from capture.columns import FEATURE_BYTES, to_parquet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capture.archive.history import CaptureHistory
    from capture.interface import CaptureEvents
    from capture.record import CapturedPrediction

logger = logging.getLogger(__name__)

_LARGEST_ID: Final = 2**31 - 1


class ParquetSink:
    """A ``Sink`` that writes a file for each batch."""

    def __init__(
        self, history: CaptureHistory, feature_names: Sequence[str], events: CaptureEvents
    ) -> None:
        """Write into the folder of small files of ``history``."""
        self._history = history
        self._feature_names = feature_names
        self._events = events

    def fits(self, prediction: CapturedPrediction, /) -> bool:
        """Tell whether the row fits the columns; its types are right when it was decoded."""
        return len(prediction.features) == FEATURE_BYTES * len(self._feature_names) and all(
            abs(number) <= _LARGEST_ID
            for number in (prediction.pokemon_a_id, prediction.pokemon_b_id)
        )

    def ship(self, batch: Sequence[CapturedPrediction], /) -> None:
        """Write the rows as a file."""
        began = time.monotonic()
        path = self._history.small.add(to_parquet(batch, self._feature_names))
        self._events.rows_written(len(batch))
        self._events.file_written(time.monotonic() - began)
        logger.info(
            "production data: %d %s written to %s",
            len(batch),
            "row" if len(batch) == 1 else "rows",
            path.name,
            extra={"rows": len(batch), "file": path.name},
        )

    def missing(self, rows: Sequence[CapturedPrediction], /) -> Sequence[CapturedPrediction]:
        """Give those of the rows that no file holds."""
        written = self._written(rows)
        return [row for row in rows if row.prediction_id not in written]

    def _written(self, rows: Sequence[CapturedPrediction]) -> set[str]:
        since = min(row.predicted_at for row in rows) - CLOCK_SLACK
        ids = pl.Series([row.prediction_id for row in rows])
        found: set[str] = set()
        for path in self._history.files(since):
            try:
                held = pl.read_parquet(path, columns=["prediction_id"])["prediction_id"]
            except (OSError, pl.exceptions.PolarsError) as error:
                logger.warning("capture: %s cannot be read: %s", path.name, error)
                continue
            found |= set(held.filter(held.is_in(ids.implode())))
        return found
