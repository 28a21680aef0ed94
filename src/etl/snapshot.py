"""The dex as five reviewed CSV files in the repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl
import polars.exceptions

from etl import contract
from etl.errors import SnapshotMissingError
from etl.source import export
from etl.tables import tables
from features.dex import TABLES, Dex, content_version, sorted_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = Path(__file__).with_name("snapshot_data")
"""The released snapshot."""


def build(directory: Path = FOLDER) -> None:
    """Derive the snapshot anew from the npm packages; it is written only when it is sound.

    The same packages give the same bytes: rows sorted by key, UTF-8, line feeds.

    Raises:
        SnapshotError: the packages are missing or hold something unexpected.
        DataQualityError: a row breaks a rule of the contract.

    """
    content = tables(export())
    contract.check(content).sound()
    directory.mkdir(parents=True, exist_ok=True)
    for name, frame in content.items():
        frame.write_csv(_file(directory, name), line_terminator="\n")


def read_text(directory: Path = FOLDER) -> dict[str, pl.DataFrame]:
    """Read the five tables by name with every value as text, so that a check can name each row.

    Raises:
        SnapshotMissingError: a file is missing, or has other columns than the table.

    """
    return {name: _read(_file(directory, name), name) for name in TABLES}


def load_dex(directory: Path = FOLDER) -> Dex:
    """Read and check the snapshot; needs no database.

    Raises:
        SnapshotMissingError: a file is missing, or is not such a table.
        DataQualityError: a row breaks a rule of the contract.

    """
    return dex_of(contract.check(read_text(directory)).sound())


def dex_of(content: Mapping[str, pl.DataFrame]) -> Dex:
    """Make a dex of five sound tables."""
    ordered = sorted_tables(content)
    return Dex(**ordered, version=content_version(ordered))


def _file(directory: Path, table: str) -> Path:
    return directory / f"{table}.csv"


def _read(file: Path, table: str) -> pl.DataFrame:
    expected = TABLES[table]
    try:
        frame = pl.read_csv(file, infer_schema=False)
    except (OSError, polars.exceptions.PolarsError) as error:
        raise SnapshotMissingError(f"{file} cannot be read as a table: {error}") from error
    if frame.columns != list(expected):
        differing = sorted(set(frame.columns) ^ set(expected)) or "their order"
        raise SnapshotMissingError(f"{file}: the columns are not those of the dex ({differing})")
    return frame
