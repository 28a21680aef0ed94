"""The reference: the rows of the training population that later rows are compared with."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

logger = logging.getLogger(__name__)

REFERENCE_FILE: Final = "datasets/X_train.parquet"
"""Its place under the data folder."""
REFERENCE_ROWS: Final = 10_000


class _UnusableReferenceError(Exception):
    """Says what is wrong with the file."""


def load_reference(
    path: Path, feature_names: Sequence[str], *, rows: int = REFERENCE_ROWS
) -> pl.DataFrame | None:
    """Read the reference: ``rows`` rows of the features, as Float32, in contract order.

    A missing or foreign file is one warning that says how to get it, and None. Blocks on
    the disk.
    """
    try:
        frame = _read(path, feature_names, rows)
    except _UnusableReferenceError as error:
        logger.warning(
            "the training reference %s %s: drift cannot be told before `make train` or "
            "`make run` has written it anew",
            path,
            error,
            extra={"file": str(path)},
        )
        return None
    logger.info(
        "production data: reference loaded from %s (%s rows x %d features)",
        path,
        f"{frame.height:,}",
        frame.width,
        extra={"file": str(path), "rows": frame.height, "features": frame.width},
    )
    return frame


def _read(path: Path, feature_names: Sequence[str], rows: int) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(path)
    except FileNotFoundError as error:
        raise _UnusableReferenceError("is missing") from error
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).partition("\n")[0]
        raise _UnusableReferenceError(f"cannot be read as parquet ({reason})") from error
    if frame.schema != pl.Schema(dict.fromkeys(feature_names, pl.Float32())):
        difference = _first_difference(frame, feature_names)
        raise _UnusableReferenceError(f"holds other features than this version's ({difference})")
    if frame.height != rows:
        raise _UnusableReferenceError(f"has {frame.height:,} rows where {rows:,} are expected")
    return frame


def _first_difference(frame: pl.DataFrame, feature_names: Sequence[str]) -> str:
    if frame.width != len(feature_names):
        return f"{frame.width} columns where {len(feature_names)} are expected"
    for position, (found, expected) in enumerate(zip(frame.columns, feature_names, strict=True), 1):
        if found != expected:
            return f"column {position} is {found!r}, expected {expected!r}"
    odd = next(name for name, dtype in frame.schema.items() if dtype != pl.Float32)
    return f"column {odd!r} is {frame.schema[odd]}, expected Float32"
