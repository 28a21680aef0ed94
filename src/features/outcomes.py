"""Turn order and the damage races of each opening, on the situation frame."""

from __future__ import annotations

from functools import cache

import polars as pl

from features.damage import stage_multiplier
from features.race import win_probability


def _acts_first(own: str, foe: str, own_speed: pl.Expr, foe_speed: pl.Expr) -> pl.Expr:
    """Probability that a move with priority ``own`` comes before one with priority ``foe``."""
    by_speed = (
        pl.when(own_speed > foe_speed)
        .then(1.0)
        .when(own_speed < foe_speed)
        .then(0.0)
        .otherwise(0.5)
    )
    return (
        pl.when(pl.col(own) > pl.col(foe))
        .then(1.0)
        .when(pl.col(own) < pl.col(foe))
        .then(0.0)
        .otherwise(by_speed)
    )


def with_order(situation: pl.DataFrame) -> pl.DataFrame:
    """Add the chances that A acts first: on turn 1, later, and with the effect landed."""
    return situation.with_columns(_order())


@cache
def _order() -> list[pl.Expr]:
    own, foe = pl.col("o_u_speed"), pl.col("o_t_speed")
    own_after = own * stage_multiplier(pl.col("o_self_speed"))
    foe_after = foe * stage_multiplier(pl.col("o_foe_speed")) * pl.col("o_after_foe_speed_factor")
    return [
        _acts_first("o_priority", "f_priority", own, foe).alias("first"),
        _acts_first("r_priority", "l_priority", own, foe).alias("first_later"),
        _acts_first("ra_priority", "la_priority", own_after, foe_after).alias("first_after"),
    ]


def with_races(situation: pl.DataFrame) -> pl.DataFrame:
    """Run the race with and without the opening's effect."""
    plain = situation.select(_race(effect=False))
    effect = situation.select(_race(effect=True))
    outcomes = win_probability(pl.concat([plain, effect]))
    alive = pl.when(pl.col("o_self_destructs")).then(0.0).otherwise(1.0)
    chance = pl.col("o_effect_chance")
    return situation.with_columns(
        race_plain=outcomes.head(situation.height) * alive,
        race_effect=outcomes.tail(situation.height) * alive,
    ).with_columns(
        race=(1 - chance) * pl.col("race_plain") + chance * pl.col("race_effect"),
    )


@cache
def _race(*, effect: bool) -> list[pl.Expr]:
    reply, foe_later = ("ra", "la") if effect else ("r", "l")
    first = pl.col("first")
    delay = pl.col("o_charges").cast(pl.Float64)
    lost = pl.col("o_vanishes").cast(pl.Float64)
    foe_opening = ("f_hit_chance", "f_hit_mean", "f_hit_variance", "f_uses_per_turn")
    foe_first_mean, foe_first_variance = _per_turn(*foe_opening)
    foe_mean, foe_variance = _reply_per_turn(foe_later)
    own_mean, own_variance = _reply_per_turn(reply)
    open_mean, open_variance = _per_turn("o_hit_chance", "o_hit_mean", "o_hit_variance", None)
    residual, acts, leech = pl.lit(0.0), pl.lit(1.0), pl.lit(0.0)
    if effect:
        # A foe that acts after A feels the effect in its first action already.
        foe_first_mean = pl.when(first > 0).then(foe_mean).otherwise(foe_first_mean)
        foe_first_variance = pl.when(first > 0).then(foe_variance).otherwise(foe_first_variance)
        residual = pl.col("o_after_residual") * pl.col("o_t_hp")
        leech = pl.col("o_after_leech") * pl.col("o_t_hp")
        acts = pl.col("o_after_foe_acts")
        lost = lost + pl.col("o_after_foe_lost_turns") + pl.col("o_after_flinched") * first
    drained = pl.col(f"{reply}_drain") - pl.col(f"{reply}_recoil")
    return [
        pl.col("o_u_hp").alias("a_hp"),
        pl.col("o_t_hp").alias("b_hp"),
        open_mean.alias("a_open_mean"),
        open_variance.alias("a_open_variance"),
        delay.alias("a_open_delay"),
        (1 + delay + pl.col("o_recharges")).alias("a_open_span"),
        own_mean.alias("a_mean"),
        own_variance.alias("a_variance"),
        (own_mean * drained + leech).alias("a_gain"),
        foe_first_mean.alias("b_first_mean"),
        foe_first_variance.alias("b_first_variance"),
        foe_mean.alias("b_mean"),
        foe_variance.alias("b_variance"),
        acts.alias("b_acts"),
        lost.alias("b_lost"),
        residual.alias("b_residual"),
        first.alias("a_first"),
        pl.col("first_after" if effect else "first_later").alias("a_first_later"),
    ]


def _reply_per_turn(prefix: str) -> tuple[pl.Expr, pl.Expr]:
    columns = ("hit_chance", "hit_mean", "hit_variance", "uses_per_turn")
    chance, mean, variance, uses = (f"{prefix}_{column}" for column in columns)
    return _per_turn(chance, mean, variance, uses)


def _per_turn(chance: str, mean: str, variance: str, uses: str | None) -> tuple[pl.Expr, pl.Expr]:
    """Mean and variance of the damage of a turn, misses included."""
    p, hit, spread = pl.col(chance), pl.col(mean), pl.col(variance)
    rate = pl.lit(1.0) if uses is None else pl.col(uses)
    return p * hit * rate, (p * spread + p * (1 - p) * hit.pow(2)) * rate
