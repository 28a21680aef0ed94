"""Rows that no file can be written with: found out, so that all others go on."""

from __future__ import annotations

import errno
from functools import partial
from typing import TYPE_CHECKING

from polars.exceptions import PanicException

from capture.columns import to_frame, to_parquet, write_parquet

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from capture.files import CapturedFiles
    from capture.record import CapturedPrediction


class UnwritableRowsError(Exception):
    """Rows cannot be written, whatever the disk does. Nothing of their batch was."""

    def __init__(self, ids: Collection[str], fault: str) -> None:
        super().__init__(fault)
        self.ids = frozenset(ids)
        """Of their predictions."""


def add_file(
    files: CapturedFiles, predictions: Sequence[CapturedPrediction], feature_names: Sequence[str]
) -> str:
    """Keep predictions as a new file; give its name.

    Raises:
        OSError: nothing was kept, for want of disk or memory.
        UnwritableRowsError: nothing was kept, for the rows' sake.

    """
    try:
        # Laid out first: what goes wrong then is no fault of where files are kept.
        frame = to_frame(predictions, feature_names)
        return files.add(partial(write_parquet, frame))
    except OSError:
        raise
    except MemoryError as error:
        raise OSError(errno.ENOMEM, "there is not enough memory") from error
    except (Exception, PanicException) as error:
        ids = _unwritable(predictions, feature_names)
        raise UnwritableRowsError(ids, f"{type(error).__name__}: {error}") from error


def _unwritable(
    predictions: Sequence[CapturedPrediction], feature_names: Sequence[str]
) -> list[str]:
    """Name those of a batch that cannot be written; all, where each half of it could be."""
    found = []
    middle = len(predictions) // 2
    for half in (predictions[:middle], predictions[middle:]) if middle else ():
        try:
            to_parquet(half, feature_names)
        except (Exception, PanicException):  # noqa: BLE001  # what it is was told of the batch
            found += _unwritable(half, feature_names)
    return found or [prediction.prediction_id for prediction in predictions]
