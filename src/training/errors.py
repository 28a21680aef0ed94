"""Where a model is wrong: its error beyond the noise of the truth, by effect of the opening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from training.evaluation import excess_brier
from training.move_effects import opening_effects

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from training.judged import Judged

WORST_MOVES: Final = 10


@dataclass(frozen=True, slots=True)
class GroupError:
    """The error over the openings of one effect, or of one move.

    ``excess`` is the mean of (p - q)^2, where q is the win rate of infinitely many games; ``bias``
    the mean of p - q. Standard errors treat a matchup as one observation.
    """

    kind: str
    """``effect`` or ``move``."""
    group: str
    rows: int
    share: float
    """Of the excess of all rows."""
    excess: float
    excess_se: float
    bias: float
    bias_se: float

    def cells(self) -> tuple[str, ...]:
        """Write name, rows, share, excess and bias with their standard errors."""
        return (
            self.group,
            f"{self.rows:,}",
            f"{self.share:.1%}",
            f"{self.excess:.4f} ± {self.excess_se:.4f}",
            f"{self.bias:+.3f} ± {self.bias_se:.3f}",
        )


def by_effect(
    judged: Judged, predicted: NDArray[np.float64], moves: pl.DataFrame
) -> list[GroupError]:
    """Group by effect, the largest part of the whole error first."""
    return _grouped(_errors(judged, predicted, moves), "effect")


def by_move(
    judged: Judged, predicted: NDArray[np.float64], moves: pl.DataFrame
) -> list[GroupError]:
    """Group by opening, the ten with the largest part of the whole error."""
    return _grouped(_errors(judged, predicted, moves), "move")[:WORST_MOVES]


def _errors(judged: Judged, predicted: NDArray[np.float64], moves: pl.DataFrame) -> pl.DataFrame:
    """Lay out the error of each row beside its matchup, move and effect."""
    return judged.examples.labels.select(
        "matchup_id",
        "opening",
        excess=pl.Series(excess_brier(predicted, judged.pooled, judged.games)),
        bias=pl.Series(predicted - judged.pooled),
    ).join(opening_effects(moves), on="opening", how="left", maintain_order="left")


def _grouped(errors: pl.DataFrame, kind: str) -> list[GroupError]:
    whole = errors["excess"].sum()
    measures = ("excess", "bias")
    means = errors.with_columns(
        pl.col(measure).mean().over(kind).alias(f"{measure}_mean") for measure in measures
    )
    # Rows of one matchup err together, so their deviations are summed before they are squared.
    matchups = means.group_by(kind, "matchup_id").agg(
        pl.len().alias("rows"),
        pl.col("excess").sum().alias("sum"),
        *(pl.first(f"{measure}_mean") for measure in measures),
        *(
            (pl.col(measure) - pl.col(f"{measure}_mean")).sum().alias(measure)
            for measure in measures
        ),
    )
    groups = (
        matchups.group_by(kind)
        .agg(
            pl.col("rows").sum(),
            (pl.col("sum").sum() / whole).alias("share"),
            *(pl.first(f"{measure}_mean").alias(measure) for measure in measures),
            *(
                (pl.col(measure).pow(2).sum().sqrt() / pl.col("rows").sum()).alias(f"{measure}_se")
                for measure in measures
            ),
        )
        .sort("share", kind, descending=[True, False])
    )
    columns = ("rows", "share", "excess", "excess_se", "bias", "bias_se")
    return [
        GroupError(kind, *values)
        for values in groups.select(pl.col(kind).fill_null("?"), *columns).iter_rows()
    ]
