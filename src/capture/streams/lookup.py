"""Finds rows that stand in the stream and in no file yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from capture.archive.history import CLOCK_SLACK
from capture.prediction_id import moment_of
from capture.record import read_row
from capture.streams.connection import connect, stream_errors
from features.contract import CONTRACT_VERSION

if TYPE_CHECKING:
    from collections.abc import Collection

    from capture.record import CapturedPrediction
    from config.settings import StreamSettings

_CHUNK: Final = 500
_FEW: Final = 16
"""Up to as many ids are sought in a row's bytes, as they stand there; for more it is read."""
_MOST: Final = 100_000
"""Entries that are looked through: workers that are further behind have an alert."""


class StreamLookup:
    """Looks through the stream, from the moment on when the predictions were made."""

    def __init__(self, settings: StreamSettings) -> None:
        self._name = settings.name
        self._client = connect(settings)

    def find(self, ids: Collection[str]) -> list[CapturedPrediction]:
        """Read the rows of these predictions.

        Raises:
            ValueError: one is no id of a prediction.
            StreamError: Redis does not answer.

        """
        wanted = set(ids)
        since = min(map(moment_of, ids)) - CLOCK_SLACK
        start = f"{int(1000 * since.timestamp())}-0"
        found: dict[str, CapturedPrediction] = {}
        for _ in range(0, _MOST, _CHUNK):
            with stream_errors():
                chunk: Any = self._client.xrange(self._name, min=start, count=_CHUNK)
            for _, fields in chunk:
                row = fields.get(b"row", b"")
                if fields.get(b"contract") != CONTRACT_VERSION.encode():
                    continue
                if len(wanted) > _FEW or any(one.encode() in row for one in wanted):
                    prediction = read_row(row)
                    if prediction is not None and prediction.prediction_id in wanted:
                        found[prediction.prediction_id] = prediction
            if len(chunk) < _CHUNK or len(found) == len(wanted):
                break
            start = f"({chunk[-1][0].decode()}"
        return list(found.values())
