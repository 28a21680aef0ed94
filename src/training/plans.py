"""Which matchups the data sets are made of."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Final

import polars as pl

from battles.matchups import sample
from training.dataset import HELD_OUT_ONE_IN, held_out

if TYPE_CHECKING:
    from features.dex import Dex

LABELLED: Final = {
    "closed": 0.30,
    "open": 0.30,
    "few": 0.07,
    "many": 0.05,
    "unlearnable": 0.10,
    "mega": 0.07,
    "status": 0.07,
    "level_up": 0.04,
}
"""Share of each population in the training matchups."""

JUDGED: Final = {
    "closed": 0.30,
    "open": 0.30,
    "few": 0.07,
    "many": 0.06,
    "unlearnable": 0.07,
    "mega": 0.07,
    "status": 0.07,
    "level_up": 0.06,
}
"""Share of each population in the matchups that choosers are judged on."""

LABEL_SEED: Final = 1
TRUTH_SEED: Final = 2
AGAIN_SEED: Final = 3
"""Seeds of the training games, of the truth, and of its independent repetition."""

_SPARE: Final = Fraction(3, 2)
"""Times as many pairs are drawn as are needed on the average to have enough on the right side."""


def labelled(dex: Dex, matchups: int) -> pl.DataFrame:
    """Draw about so many training matchups; pairs of forms that are held out never occur."""
    share = 1 - Fraction(1, HELD_OUT_ONE_IN)
    return _draw(dex, LABELLED, matchups, LABEL_SEED, ~held_out(), share)


def judged(dex: Dex, matchups: int) -> pl.DataFrame:
    """Draw about so many matchups of held-out pairs of forms."""
    return _draw(dex, JUDGED, matchups, TRUTH_SEED, held_out(), Fraction(1, HELD_OUT_ONE_IN))


def _draw(  # noqa: PLR0913, PLR0917  # what makes one plan differ from another
    dex: Dex,
    shares: dict[str, float],
    matchups: int,
    seed: int,
    wanted: pl.Expr,
    wanted_share: Fraction,
) -> pl.DataFrame:
    """Draw more than are wanted, keep those on the right side, in canonical order of moves.

    How many more makes no difference to the plan, as the first ones that fit are kept.
    """
    counts = {population: round(share * matchups) for population, share in shares.items()}
    drawn_counts = {name: ceil(count * _SPARE / wanted_share) for name, count in counts.items()}
    drawn = sample(dex, drawn_counts, seed)
    limit = pl.col("population").replace_strict(counts, return_dtype=pl.Int64)
    return (
        drawn.filter(wanted)
        .filter(pl.int_range(pl.len()).over("population") < limit)
        .with_columns(
            pl.int_range(pl.len(), dtype=pl.Int64).alias("matchup_id"),
            pl.col("moves_a", "moves_b", "openings").list.sort(),
        )
    )
