"""Damage of one attack, as the game computes it at level 50.

Expressions read an *attack frame*: one row an attack, the user's battle stats as ``u_*``, the
target's as ``t_*`` (see :class:`features.matchup_frames.MatchupFrames`), the move's columns
under their own names, and these of the situation:

``effectiveness``           multiplier of the move's type against the target (0 to 4)
``u_attack_stage`` ...      stat stages, -6..6: user's attack and special attack, target's
                            defense and special defense
``u_burned``                the user is burned
``t_screened``              a screen halves this category of damage

Source of the formula: the simulator's ``getDamage`` and ``modifyDamage`` (generation 7), every
truncation included.
"""

from __future__ import annotations

from typing import Final

import polars as pl

LEVEL: Final = 50.0
LEVEL_FACTOR: Final = 22.0  # floor(2 * 50 / 5 + 2)
STAB: Final = 1.5
CRIT: Final = 1.5
MEAN_ROLL: Final = 0.925
ROLL_VARIANCE: Final = (0.15**2 / 12) / MEAN_ROLL**2
"""Relative variance of the sixteen rolls 0.85 .. 1.00, taken as uniform."""

LOW_KICK_POWERS: Final = ((2000, 120.0), (1000, 100.0), (500, 80.0), (250, 60.0), (100, 40.0))
LOW_KICK_LEAST: Final = 20.0

_SPECIAL: Final = 2


def stage_multiplier(stage: pl.Expr) -> pl.Expr:
    """Multiplier of a stat at a stage of -6..6; fractional stages interpolate the curve."""
    return pl.when(stage >= 0).then((stage + 2) / 2).otherwise(2 / (2 - stage))


def accuracy_multiplier(stage: pl.Expr) -> pl.Expr:
    """Multiplier of a move's accuracy at a net accuracy minus evasion stage of -6..6."""
    return pl.when(stage >= 0).then((stage + 3) / 3).otherwise(3 / (3 - stage))


def power() -> pl.Expr:
    """Give the base power of this attack: Low Kick's by weight, Facade's doubled by a burn."""
    low_kick = pl.lit(LOW_KICK_LEAST)
    for weight_hg, value in reversed(LOW_KICK_POWERS):
        low_kick = pl.when(pl.col("t_weight_hg") >= weight_hg).then(value).otherwise(low_kick)
    doubled = pl.col("facade") & pl.col("u_burned")
    return (
        pl.when("rule_weight")
        .then(low_kick)
        .when(doubled)
        .then(pl.col("power") * 2)
        .otherwise("power")
    )


def stab() -> pl.Expr:
    """1.5 when the move has a type of its user, else 1."""
    own = (pl.col("type_id") == pl.col("u_type1_id")) | (pl.col("type_id") == pl.col("u_type2_id"))
    return pl.when(own).then(STAB).otherwise(1.0)


def base_damage() -> pl.Expr:
    """Damage of one hit before crit, roll, STAB and type: the integer that all of them scale.

    A certain critical hit ignores the user's lowered and the target's raised stages.
    """
    special = pl.col("category") == _SPECIAL
    own_attack = pl.when(special).then("u_special_attack").otherwise("u_attack")
    attack = pl.when("uses_target_attack").then("t_attack").otherwise(own_attack)
    attack_stage = pl.when(special).then("u_special_attack_stage").otherwise("u_attack_stage")
    defense = pl.when(special).then("t_special_defense").otherwise("t_defense")
    defense_stage = pl.when(special).then("t_special_defense_stage").otherwise("t_defense_stage")
    crits = pl.col("always_crits")
    attack_stage = pl.when(crits).then(attack_stage.clip(0, 6)).otherwise(attack_stage)
    defense_stage = pl.when(crits).then(defense_stage.clip(-6, 0)).otherwise(defense_stage)
    staged_attack = (attack * stage_multiplier(attack_stage)).floor()
    staged_defense = (defense * stage_multiplier(defense_stage)).floor().clip(1, None)
    scaled = (LEVEL_FACTOR * pl.col("attack_power") * staged_attack / staged_defense).floor()
    return (scaled / 50).floor() + 2


def rolled_damage(roll: float, *, crit: pl.Expr) -> pl.Expr:
    """Exact damage of one hit at a roll of 0.85 to 1.00, from columns ``base`` and ``stab``.

    Zero where the move is not of the formula kind or the target is immune.
    """
    percent = round(roll * 100)
    damage = pl.when(crit).then((pl.col("base") * CRIT).floor()).otherwise("base")
    damage = (damage * percent / 100).floor()
    damage = _scale(damage, pl.col("stab"))
    damage = (damage * pl.col("effectiveness")).floor()
    damage = _scale(damage, pl.when(_burn_halves()).then(0.5).otherwise(1.0))
    damage = _scale(damage, pl.when(_screen_halves(crit)).then(0.5).otherwise(1.0))
    hits = pl.col("rule_formula") & (pl.col("effectiveness") > 0)
    return pl.when(hits).then(damage.clip(1, None)).otherwise(0.0)


def mean_damage() -> pl.Expr:
    """Damage of one hit at the mean roll, real-valued, without a critical hit unless certain."""
    modifiers = (
        pl.col("stab")
        * pl.col("effectiveness")
        * pl.when(_burn_halves()).then(0.5).otherwise(1.0)
        * pl.when(_screen_halves(pl.col("always_crits"))).then(0.5).otherwise(1.0)
        * pl.when("always_crits").then(CRIT).otherwise(1.0)
    )
    formula = pl.col("base") * MEAN_ROLL * modifiers
    return (
        pl.when(pl.col("effectiveness") == 0)
        .then(0.0)
        .when("rule_formula")
        .then(formula)
        .when(pl.col("rule_level") | pl.col("rule_psywave"))
        .then(LEVEL)
        .when("rule_fixed")
        .then("fixed_damage")
        .when("rule_half_hp")
        .then(pl.col("t_hp") / 2)
        .when("rule_ohko")
        .then("t_hp")
        .otherwise(0.0)
    )


def _burn_halves() -> pl.Expr:
    return pl.col("u_burned") & (pl.col("category") == 1) & ~pl.col("facade")


def _screen_halves(crit: pl.Expr) -> pl.Expr:
    return pl.col("t_screened") & ~crit & ~pl.col("brick_break")


def _scale(damage: pl.Expr, factor: pl.Expr) -> pl.Expr:
    """Multiply as the game does: in 4096ths, halves rounded down."""
    return ((damage * (factor * 4096) + 2047) / 4096).floor()
