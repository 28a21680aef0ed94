"""What is known of a data set: how it was made, and the checksum that it is read by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import polars as pl

from registry.manifest import file_sha256

if TYPE_CHECKING:
    from pathlib import Path

    from training.labelling import Stages


class DamagedDataError(ValueError):
    """A data set is not one, or not the one that its manifest describes."""


class DataManifest(msgspec.Struct, frozen=True, kw_only=True):
    """Stands beside the parquet file, under its name with ``.json``."""

    sha256: str
    """Of the parquet file."""
    rules: str
    """Digest of the simulator's version, its driver and the policy."""
    dex_version: str
    matchups: int
    """As asked for."""
    first_games: int
    further_games: int
    close_games: int = 0
    seed: int
    rows: int
    games: int
    populations: dict[str, int]
    """Matchups of each."""
    made_at: datetime


def path_of(data: Path) -> Path:
    """Give the path of a data set's manifest."""
    return data.with_suffix(".json")


def write(
    data: Path, *, rules: str, dex_version: str, matchups: int, stages: Stages
) -> DataManifest:
    """Describe a data set that has just been written."""
    labels = pl.read_parquet(data)
    counts = labels.unique("matchup_id").group_by("population").len().sort("population")
    manifest = DataManifest(
        sha256=file_sha256(data),
        rules=rules,
        dex_version=dex_version,
        matchups=matchups,
        first_games=stages.games,
        further_games=stages.further,
        close_games=stages.close,
        seed=stages.seed,
        rows=labels.height,
        games=int(labels["games"].sum()),
        populations=dict(counts.iter_rows()),
        made_at=datetime.now(UTC).replace(microsecond=0),
    )
    path_of(data).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    return manifest


def read(data: Path) -> DataManifest:
    """Read a data set's manifest.

    Raises:
        DamagedDataError: there is none, or it cannot be read.

    """
    try:
        return msgspec.json.decode(path_of(data).read_bytes(), type=DataManifest)
    except (OSError, msgspec.DecodeError) as error:
        raise DamagedDataError(f"{path_of(data)} cannot be read: {error}") from error


def verify(data: Path) -> None:
    """Compare a data set with its manifest, if it has one.

    Raises:
        DamagedDataError: they differ.

    """
    if path_of(data).exists() and read(data).sha256 != file_sha256(data):
        raise DamagedDataError(
            f"{data} is not the file that {path_of(data).name} describes: make it again with"
            " `make dataset`, or restore it"
        )
