"""Which matchups the data sets are made of."""

from __future__ import annotations

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


def labelled(dex: Dex, matchups: int) -> pl.DataFrame:
    """Draw about so many training matchups; pairs of forms that are held out never occur."""
    return _draw(dex, LABELLED, matchups, LABEL_SEED, ~held_out())


def judged(dex: Dex, matchups: int) -> pl.DataFrame:
    """Draw about so many matchups of held-out pairs of forms."""
    return _draw(dex, JUDGED, matchups, TRUTH_SEED, held_out())


def _draw(
    dex: Dex, shares: dict[str, float], matchups: int, seed: int, wanted: pl.Expr
) -> pl.DataFrame:
    """Draw more than are wanted, keep those on the right side, in canonical order of moves."""
    counts = {population: round(share * matchups) for population, share in shares.items()}
    # About one pair in ten is held out; half as many again make up for chance.
    spare = HELD_OUT_ONE_IN * 3 // 2
    drawn = sample(dex, {population: count * spare for population, count in counts.items()}, seed)
    limit = pl.col("population").replace_strict(counts, return_dtype=pl.Int64)
    return (
        drawn.filter(wanted)
        .filter(pl.int_range(pl.len()).over("population") < limit)
        .with_columns(
            pl.int_range(pl.len(), dtype=pl.Int64).alias("matchup_id"),
            pl.col("moves_a", "moves_b", "openings").list.sort(),
        )
    )
