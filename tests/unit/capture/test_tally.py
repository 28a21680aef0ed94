"""The counts that capture files carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import polars as pl

from capture.columns import to_frame, to_parquet
from capture.tally import COUNTS, SLOT_SECONDS, joined, tallies_in, tallies_of, tally
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from capture.record import CapturedPrediction

    Make = Callable[..., list[CapturedPrediction]]


def _of_versions(predictions: list[CapturedPrediction]) -> list[CapturedPrediction]:
    return [
        msgspec.structs.replace(each, model_version=f"v{2 + number % 2}")
        for number, each in enumerate(predictions)
    ]


def test_a_file_carries_its_counts_by_version(make_predictions: Make, tmp_path: Path) -> None:
    """They are those of its rows, found without reading one."""
    predictions = _of_versions(make_predictions(7))
    path = tmp_path / "file.parquet"
    path.write_bytes(to_parquet(predictions, FEATURE_NAMES))

    found = tallies_in(pl.read_parquet_metadata(path))

    assert found is not None
    assert found == tally(pl.read_parquet(path))
    assert {version: each.counts.rows for version, each in found.items()} == {"v2": 4, "v3": 3}
    assert found["v2"].first == predictions[0].predicted_at
    assert found["v2"].last == predictions[6].predicted_at
    assert found["v2"].counts.forms_b == {10033: 4}
    (slot,) = found["v3"].slots.items()
    assert slot == (int(predictions[0].predicted_at.timestamp()) // SLOT_SECONDS, 3)


def test_tallies_of_files_add_up(make_predictions: Make) -> None:
    """Version by version, to those of all rows together."""
    predictions = _of_versions(make_predictions(9))
    parts = [tally(to_frame(part, FEATURE_NAMES)) for part in (predictions[:4], predictions[4:])]
    whole = tally(to_frame(predictions, FEATURE_NAMES))

    assert joined(part for part in parts if part) == whole


def test_a_file_without_counts_is_counted_by_its_rows(
    make_predictions: Make, tmp_path: Path
) -> None:
    """So is one with the counts of other bins."""
    frame = to_frame(make_predictions(3), FEATURE_NAMES)
    expected = tally(frame)
    for said in ({}, {COUNTS: "?"}, {COUNTS: _of_other_bins(frame)}):
        path = tmp_path / "file.parquet"
        frame.write_parquet(path, metadata=said)
        assert tallies_of(path) == expected


def _of_other_bins(frame: pl.DataFrame) -> str:
    counted = tally(frame)
    assert counted is not None
    other = {
        version: msgspec.structs.replace(
            each, counts=msgspec.structs.replace(each.counts, bins="other")
        )
        for version, each in counted.items()
    }
    return msgspec.json.encode(other).decode()


def test_a_file_of_other_features_has_none(tmp_path: Path) -> None:
    """It is passed over, like one that cannot be read."""
    path = tmp_path / "file.parquet"
    pl.DataFrame({"power": np.zeros(3), "model_version": ["v1"] * 3}).write_parquet(path)
    assert tallies_of(path) is None
    path.write_bytes(b"no parquet")
    assert tallies_of(path) is None
    assert tallies_of(tmp_path / "none.parquet") is None
