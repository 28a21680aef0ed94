"""The parquet columns of captured predictions: the features first, then what identifies a row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import polars as pl

from capture.tally import metadata_of, tally

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from capture.record import CapturedPrediction

FEATURE_BYTES: Final = 4
"""Bytes of one feature: a little-endian 32-bit float."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_encode: Final = msgspec.json.Encoder().encode

IDENTIFYING: Final[Mapping[str, pl.DataType]] = {
    "prediction_id": pl.String(),
    "predicted_at": pl.Datetime("us", "UTC"),
    "trace_id": pl.String(),  # null when the request was not traced
    "model_version": pl.String(),
    "pokemon_a_id": pl.Int32(),
    "pokemon_b_id": pl.Int32(),
    "available_moves": pl.List(pl.String()),
    "available_moves_b": pl.List(pl.String()),  # null when not given
    "recommended_move": pl.String(),
    "win_probability": pl.Float64(),
    "win_probabilities": pl.List(pl.Float64()),  # of all available_moves, in request order
}
"""The columns after the features, named as the fields of :class:`CapturedPrediction`."""


def schema(feature_names: Sequence[str]) -> pl.Schema:
    """Columns and types of a capture file: the features as Float32, then :data:`IDENTIFYING`."""
    return pl.Schema({**dict.fromkeys(feature_names, pl.Float32()), **IDENTIFYING})


def to_frame(
    predictions: Sequence[CapturedPrediction], feature_names: Sequence[str]
) -> pl.DataFrame:
    """Lay predictions out as rows of :func:`schema`, in the order given.

    Raises:
        ValueError: a prediction does not hold one value for each feature.
        TypeError, polars.exceptions.ComputeError: a field has another type than its column.

    """
    width = len(feature_names)
    if any(len(prediction.features) != width * FEATURE_BYTES for prediction in predictions):
        raise ValueError(f"a captured prediction does not hold {width} features")
    rows = np.frombuffer(b"".join(p.features for p in predictions), dtype="<f4")
    # Rows become columns inside Polars: an eighth of what building 133 series would hold the
    # interpreter's lock for.
    features = pl.Series(rows.reshape(len(predictions), width))
    identifying = [
        _series(name, [getattr(p, name) for p in predictions], dtype)
        for name, dtype in IDENTIFYING.items()
    ]
    return features.arr.to_struct(fields=list(feature_names)).struct.unnest().hstack(identifying)


def _series(name: str, values: Sequence[Any], dtype: pl.DataType) -> pl.Series:
    """Make a column. Of lists or moments Polars would make one value after the other in Python."""
    match dtype:
        case pl.List():
            as_json = [_encode(value).decode() for value in values]
            return pl.Series(name, as_json, dtype=pl.String()).str.json_decode(dtype)
        case pl.Datetime():
            since_1970 = [(value - _EPOCH) // _MICROSECOND for value in values]
            return pl.Series(name, since_1970, dtype=pl.Int64(), strict=True).cast(dtype)
        case _:
            return pl.Series(name, values, dtype=dtype, strict=True)


def write_parquet(frame: pl.DataFrame, target: str | BytesIO) -> None:
    """Write rows of :func:`schema` as one parquet file, with its counts.

    LZ4 takes half the processor time of Polars' default for a file a seventh larger, and
    nobody skips row groups in a file of a hundred rows, hence no statistics.

    Raises:
        OSError: the target cannot be written.

    """
    frame.write_parquet(
        target, compression="lz4", statistics=False, metadata=metadata_of(tally(frame))
    )


def to_parquet(predictions: Sequence[CapturedPrediction], feature_names: Sequence[str]) -> bytes:
    """Encode predictions as one parquet file of :func:`schema`.

    Raises:
        ValueError, TypeError, ComputeError: as :func:`to_frame`.

    """
    buffer = BytesIO()
    write_parquet(to_frame(predictions, feature_names), buffer)
    return buffer.getvalue()
