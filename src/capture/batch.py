"""One batch of a journal's rows into the sink."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from capture.unwritable import UnwritableRowsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capture.journal.reader import JournalRow, SegmentReader
    from capture.sink import Sink

logger = logging.getLogger(__name__)


def ship(sink: Sink, reader: SegmentReader, journal: str, batch: Sequence[JournalRow]) -> None:
    """Ship the rows of a batch, but for those that can never be kept: these are set aside.

    Raises:
        OSError: not all are dealt with; it may be called again.

    """
    while batch:
        try:
            sink.ship(journal, batch)
        except UnwritableRowsError as error:
            refused = [row for row in batch if row.prediction.prediction_id in error.ids]
            logger.exception(
                "capture: %d of %d rows cannot be written and are set aside",
                len(refused),
                len(batch),
                extra={"rows": len(refused)},
            )
            for row in refused:
                reader.refuse(journal, row)
            batch = [row for row in batch if row.prediction.prediction_id not in error.ids]
        else:
            return
