from __future__ import annotations

from datetime import timedelta, timezone
from io import BytesIO
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import polars as pl
import pytest

from capture.columns import IDENTIFYING, schema, to_parquet
from capture.record import CapturedPrediction
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable


def test_features_come_first_in_contract_order() -> None:
    """The columns are the 133 features as Float32, then the identifying ones as DESIGN lists."""
    columns = schema(FEATURE_NAMES)

    assert len(FEATURE_NAMES) == 133
    assert tuple(columns)[:133] == FEATURE_NAMES
    assert set(list(columns.values())[:133]) == {pl.Float32()}
    assert list(columns)[133:] == [
        "prediction_id",
        "predicted_at",
        "trace_id",
        "model_version",
        "pokemon_a_id",
        "pokemon_b_id",
        "available_moves",
        "available_moves_b",
        "recommended_move",
        "win_probability",
        "win_probabilities",
    ]


def test_a_column_for_every_field() -> None:
    """Whatever a captured prediction holds has its column, and no column lacks its field."""
    fields = {field.name for field in msgspec.structs.fields(CapturedPrediction)}

    assert fields - {"features"} == set(IDENTIFYING)


def test_rows_come_back_as_they_went_in(
    make_predictions: Callable[..., list[CapturedPrediction]],
) -> None:
    """A file holds every value bit for bit: floats, microseconds, nulls and lists."""
    rows = make_predictions(7)

    frame = pl.read_parquet(BytesIO(to_parquet(rows, FEATURE_NAMES)))

    assert frame.schema == schema(FEATURE_NAMES)
    features = frame.select(FEATURE_NAMES).to_numpy()
    assert [np.ascontiguousarray(row).tobytes() for row in features] == [r.features for r in rows]
    identifying = frame.select(IDENTIFYING.keys()).to_dicts()
    assert identifying == [
        {name: getattr(row, name) for name in IDENTIFYING} | {"predicted_at": row.predicted_at}
        for row in rows
    ]
    assert identifying[0]["available_moves_b"] is None
    assert identifying[0]["trace_id"] is None
    assert identifying[1]["available_moves_b"] == ["thunderbolt"]


def test_time_is_kept_in_utc(make_predictions: Callable[..., list[CapturedPrediction]]) -> None:
    """A time in another zone stands in the file as the same instant in UTC."""
    (row,) = make_predictions(1)
    abroad = row.predicted_at.astimezone(timezone(timedelta(hours=9)))
    moved = msgspec.structs.replace(row, predicted_at=abroad)

    frame = pl.read_parquet(BytesIO(to_parquet([moved], FEATURE_NAMES)))

    assert frame["predicted_at"].dtype == pl.Datetime("us", "UTC")
    assert frame["predicted_at"].item() == row.predicted_at


def test_another_number_of_features_is_refused(
    make_predictions: Callable[..., list[CapturedPrediction]],
) -> None:
    """A row that is one value short is an error, and never shifts the values of the next."""
    short, long = make_predictions(2)
    short = msgspec.structs.replace(short, features=short.features[:-4])
    long = msgspec.structs.replace(long, features=long.features + b"\0\0\0\0")

    with pytest.raises(ValueError, match="133 features"):
        to_parquet([short, long], FEATURE_NAMES)


def test_no_rows_are_an_empty_file() -> None:
    """Nothing to write still makes a file of the right columns."""
    frame = pl.read_parquet(BytesIO(to_parquet((), FEATURE_NAMES)))

    assert frame.is_empty()
    assert frame.schema == schema(FEATURE_NAMES)
