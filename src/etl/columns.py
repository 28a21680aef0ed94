"""Columns as the dex contract types them, from text or from anything that writes as it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from features.dex import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

_BOOLEANS: Final = {"true": True, "false": False}


def typed(table: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, Mapping[str, pl.Series]]:
    """Convert a table's columns.

    Returns:
        the frame with the contract's columns and types, null where a value has no such type; and
        those original values by column, null where the conversion went well.

    """
    text = frame.select(pl.col(column).cast(pl.String) for column in TABLES[table])
    converted = text.select(_parsed(column, dtype) for column, dtype in TABLES[table].items())
    unreadable = text.select(
        pl.when(pl.col(column).is_not_null() & _parsed(column, dtype).is_null()).then(column)
        for column, dtype in TABLES[table].items()
    )
    return converted, unreadable.to_dict(as_series=True)


def _parsed(column: str, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.Boolean:
        return pl.col(column).replace_strict(_BOOLEANS, default=None, return_dtype=pl.Boolean)
    return pl.col(column).cast(dtype, strict=False)
