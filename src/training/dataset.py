"""The data set of labels: simulated duels, one row a matchup and opening move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from battles.tasks import LABELS as SIMULATED
from features.compute import compute
from training import data_manifest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from features.matchup_frames import MatchupFrames

LABELS: Final = pl.Schema({column: kind for column, kind in SIMULATED.items() if column != "seed"})
"""What a simulation gives, without the seeds that only its repetition needs."""

HELD_OUT_ONE_IN: Final = 10
_HELD_OUT_MULTIPLIER: Final = 11_400_714_819_323_198_485


@dataclass(frozen=True, slots=True)
class Examples:
    """Feature rows beside their labels, row by row."""

    labels: pl.DataFrame
    """Columns of :data:`LABELS` and ``win_rate``."""
    features: pl.DataFrame
    """The 133 features, Float32."""

    @property
    def matrix(self) -> NDArray[np.float32]:
        """The features as a model takes them: shape (rows, 133)."""
        return self.features.to_numpy()

    @property
    def win_rate(self) -> NDArray[np.float64]:
        """Share of its games that A won, a draw counting half."""
        return self.labels["win_rate"].to_numpy()

    @property
    def games(self) -> NDArray[np.int32]:
        """Games behind each row."""
        return self.labels["games"].to_numpy()


def read(path: Path) -> pl.DataFrame:
    """Read labels.

    Raises:
        DamagedDataError: the file holds no labels, or is not the one that the manifest beside it
            describes.

    """
    data_manifest.verify(path)
    try:
        labels = pl.read_parquet(path, columns=list(LABELS))
    except pl.exceptions.PolarsError as error:
        reason = str(error).partition("\n")[0]
        raise data_manifest.DamagedDataError(f"{path} does not hold labels: {reason}") from error
    if labels.schema != LABELS:
        raise data_manifest.DamagedDataError(f"{path} does not hold labels: {labels.schema}")
    return labels


def together(paths: Sequence[Path]) -> pl.DataFrame:
    """Read several files of labels as one, no two matchups under one id.

    Raises:
        DamagedDataError: as :func:`read`.

    """
    parts: list[pl.DataFrame] = []
    first_free = 0
    for path in paths:
        part = read(path).with_columns(pl.col("matchup_id") + first_free)
        parts.append(part)
        first_free = part.select(pl.col("matchup_id").max()).item() + 1
    return pl.concat(parts)


def write(labels: pl.DataFrame, path: Path) -> None:
    """Write labels, small."""
    path.parent.mkdir(parents=True, exist_ok=True)
    labels.select(list(LABELS)).write_parquet(path, compression="zstd", compression_level=19)


def held_out() -> pl.Expr:
    """Tell whether the unordered pair of forms is kept from training, whatever its moves."""
    return one_in(HELD_OUT_ONE_IN, _HELD_OUT_MULTIPLIER)


def one_in(parts: int, multiplier: int) -> pl.Expr:
    """Tell whether the unordered pair of forms is in one of so many parts of all pairs.

    A fixed hash decides, so that no pair ever changes sides as the data set grows; each
    multiplier, odd and of 64 bits, makes other parts.
    """
    low = pl.min_horizontal("pokemon_a_id", "pokemon_b_id").cast(pl.UInt64)
    high = pl.max_horizontal("pokemon_a_id", "pokemon_b_id").cast(pl.UInt64)
    # Fibonacci hashing: the top bits of the product are well mixed.
    mixed = (low * 16_384 + high) * multiplier
    return (mixed // 2**40) % parts == 0


def examples(frames: MatchupFrames, labels: pl.DataFrame) -> Examples:
    """Compute the features of each label's opening, in the order of ``labels``."""
    numbered = labels.with_row_index("row")
    duels = numbered.group_by("matchup_id", maintain_order=True).agg(
        pl.first("pokemon_a_id", "pokemon_b_id", "moves_a", "moves_b", "b_known"),
        pl.col("opening", "row"),
    )
    duels = duels.with_columns(
        pl.col("moves_a").list.sort(),
        pl.when("b_known").then(pl.col("moves_b").list.sort()).alias("moves_b"),
    )
    rows = compute(frames, duels)
    moves = duels.select("matchup_id", pl.col("moves_a").alias("opening")).explode("opening")
    position = moves.with_row_index("position").join(
        numbered.select("matchup_id", "opening", "row"), on=["matchup_id", "opening"]
    )
    order = position.sort("row")["position"]
    return Examples(
        labels=labels.with_columns(
            win_rate=(pl.col("wins") + 0.5 * pl.col("draws")) / pl.col("games")
        ),
        features=rows[order],
    )
