"""The damage race: who brings the other to 0 HP first, under uncertainty.

Each side's damage after *k* actions is taken as normal with the sum of the means and variances
of its attacks, misses included. A wins on its action *k* when that is the one that brings B down
and B had not done the same before. Beyond the horizon the mean rates decide.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import polars as pl

HORIZON: Final = 8
"""Turns that are looked at one by one."""

_TURNS: Final = pl.DataFrame({"k": [float(turn) for turn in range(1, HORIZON + 1)]})
_NO_RATE: Final = 1e-9
"""Keeps two sides that do no damage at even chances."""
_SOFTNESS: Final = 0.02
"""Standard deviation, as a share of full HP, below which a sum of damage is never trusted."""


def normal_cdf(z: pl.Expr) -> pl.Expr:
    """Give the standard normal distribution, to 0.0002 (tanh approximation)."""
    return 0.5 * (1 + (0.7978845608 * (z + 0.044715 * z.pow(3))).tanh())


def win_probability(races: pl.DataFrame) -> pl.Series:
    """Probability that A wins each race.

    Args:
        races: one row a race. ``a_hp``, ``b_hp``: HP. ``a_open_mean``, ``a_open_variance``: damage
            of the opening, misses included; ``a_open_delay``: actions before it lands (charge);
            ``a_open_span``: actions it takes. ``a_mean``, ``a_variance``: damage of each later
            action. The same for B with ``b_first_mean`` ... for its first action. ``b_acts``:
            share of B's turns in which it acts; ``b_lost``: turns B loses at the start.
            ``b_residual``: HP that B loses each turn. ``a_first``, ``a_first_later``: probability
            that A acts before B on the first turn and on later ones.

    Returns:
        One probability a race, in the order of the rows.

    """
    grid = races.join(_TURNS, how="cross", maintain_order="left_right")
    steps = grid.with_columns(_standing()).select(_outcome())
    shape = (races.height, HORIZON)
    won = steps["win"].reshape(shape).arr.sum()
    undecided = steps["undecided"].reshape(shape).arr.last()
    pace = races.select(_pace()).to_series()
    return (won + undecided * pace).clip(0, 1)


@cache
def _standing() -> list[pl.Expr]:
    """Build the probabilities that a side is down by turn k, and by the turn before."""
    k = pl.col("k")
    return [
        _fallen_b(k).alias("b_down"),
        pl.when(k > 1).then(_fallen_b(k - 1)).otherwise(0.0).alias("b_was_down"),
        _fallen_a(k).alias("a_down"),
        pl.when(k > 1).then(_fallen_a(k - 1)).otherwise(0.0).alias("a_was_down"),
        pl.when(k > 1).then("a_first_later").otherwise("a_first").alias("first"),
    ]


@cache
def _outcome() -> list[pl.Expr]:
    brought_down = (pl.col("b_down") - pl.col("b_was_down")).clip(0, 1)
    first, second = pl.col("first"), 1 - pl.col("first")
    standing = first * (1 - pl.col("a_was_down")) + second * (1 - pl.col("a_down"))
    return [
        (brought_down * standing).alias("win"),
        ((1 - pl.col("b_down")) * (1 - pl.col("a_down"))).alias("undecided"),
    ]


@cache
def _pace() -> pl.Expr:
    """Build A's share of both sides' mean rates of damage."""
    own = (pl.col("a_mean") + pl.col("b_residual")) / pl.col("b_hp") + _NO_RATE
    foe = pl.col("b_mean") * pl.col("b_acts") / pl.col("a_hp") + _NO_RATE
    return own / (own + foe)


def _fallen_b(k: pl.Expr) -> pl.Expr:
    """Probability that A's first *k* actions bring B down."""
    opened = (k > pl.col("a_open_delay")).cast(pl.Float64)
    later = (k - pl.col("a_open_span")).clip(0, None)
    mean = (
        opened * pl.col("a_open_mean") + later * pl.col("a_mean") + (k - 1) * pl.col("b_residual")
    )
    variance = opened * pl.col("a_open_variance") + later * pl.col("a_variance")
    return _reached(mean, variance, pl.col("b_hp"))


def _fallen_a(k: pl.Expr) -> pl.Expr:
    """Probability that B's actions in *k* turns bring A down."""
    actions = (k - pl.col("b_lost")).clip(0, None) * pl.col("b_acts")
    first = actions.clip(0, 1)
    later = actions - first
    mean = first * pl.col("b_first_mean") + later * pl.col("b_mean") - (k - 1) * pl.col("a_gain")
    variance = first * pl.col("b_first_variance") + later * pl.col("b_variance")
    return _reached(mean, variance, pl.col("a_hp"))


def _reached(mean: pl.Expr, variance: pl.Expr, hp: pl.Expr) -> pl.Expr:
    spread = (variance + (_SOFTNESS * hp).pow(2)).sqrt()
    return normal_cdf((mean + 0.5 - hp) / spread)
