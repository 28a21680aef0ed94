"""The reference file says whose recommendations it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from features.contract import FEATURE_NAMES
from training import reference

if TYPE_CHECKING:
    from pathlib import Path

ROWS = pl.DataFrame({name: [1.0, 2.0] for name in FEATURE_NAMES}).cast(pl.Float32)
OURS, ANOTHER = "a" * 64, "b" * 64


def test_a_reference_belongs_to_one_model(tmp_path: Path) -> None:
    """It is that of the model it was written for, and of no other."""
    path = tmp_path / "datasets" / "X_train.parquet"
    assert not reference.is_of(path, OURS)
    reference.write(ROWS, path, OURS)
    assert reference.is_of(path, OURS)
    assert not reference.is_of(path, ANOTHER)
    assert pl.read_parquet(path).equals(ROWS)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_what_does_not_say_so_is_none(tmp_path: Path) -> None:
    """A file without a model's name, or of other features, is nobody's reference."""
    path = tmp_path / "X_train.parquet"
    ROWS.write_parquet(path)
    assert not reference.is_of(path, OURS)
    reference.write(ROWS.drop("hp_ratio"), path, OURS)
    assert not reference.is_of(path, OURS)
