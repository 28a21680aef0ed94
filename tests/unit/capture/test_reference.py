from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import polars as pl
import pytest

from capture.reference import load_reference

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("power", "speed", "accuracy")
GOOD = pl.DataFrame({name: [0.0] * 10_000 for name in NAMES}).cast(pl.Float32)


def test_reference_is_loaded(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A reference of the right features and rows is returned and said to be loaded."""
    caplog.set_level(logging.INFO)
    path = tmp_path / "X_train.parquet"
    GOOD.write_parquet(path)

    frame = load_reference(path, NAMES)

    assert frame is not None
    assert frame.equals(GOOD)
    (record,) = caplog.records
    assert record.getMessage() == (
        f"production data: reference loaded from {path} (10,000 rows x 3 features)"
    )


@pytest.mark.parametrize(
    ("frame", "fault"),
    [
        (GOOD.select("speed", "power", "accuracy"), "column 1 is 'speed', expected 'power'"),
        (GOOD.drop("speed"), "2 columns where 3 are expected"),
        (GOOD.cast(pl.Float64), "column 'power' is Float64, expected Float32"),
        (GOOD.head(9_999), "has 9,999 rows where 10,000 are expected"),
    ],
)
def test_foreign_reference_is_one_warning(
    frame: pl.DataFrame, fault: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Another order, set, type or number of rows is refused with the fault and the remedy."""
    path = tmp_path / "X_train.parquet"
    frame.write_parquet(path)

    assert load_reference(path, NAMES) is None

    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert fault in record.getMessage()
    assert "make train" in record.getMessage()
    assert "production" not in record.getMessage().replace(str(tmp_path), "")


def test_missing_or_broken_reference_is_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """No file, or a file that is no parquet, is one warning each, never an error."""
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 but not really")

    assert load_reference(tmp_path / "none.parquet", NAMES) is None
    assert load_reference(broken, NAMES) is None

    missing, unreadable = (record.getMessage() for record in caplog.records)
    assert "is missing" in missing
    assert "make run" in missing
    assert "cannot be read as parquet" in unreadable
