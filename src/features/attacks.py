"""Attack frames: every move of a side against the other, measured, and the policy's choice.

DESIGN's *expected damage* and choice of move are computed here and nowhere else in Python.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import polars as pl

from features.damage import (
    CRIT,
    ROLL_VARIANCE,
    accuracy_multiplier,
    base_damage,
    mean_damage,
    power,
    rolled_damage,
    stab,
)
from features.matchup_frames import TYPE_COUNT

if TYPE_CHECKING:
    from features.matchup_frames import MatchupFrames

NEUTRAL: Final = {
    "u_attack_stage": 0.0,
    "u_special_attack_stage": 0.0,
    "t_defense_stage": 0.0,
    "t_special_defense_stage": 0.0,
    "accuracy_stage": 0.0,
    "u_burned": False,
    "t_screened": False,
    "t_asleep": False,
    "first_turn": True,
}
"""The situation at the start of a battle."""

OHKO_SHARE: Final = 0.3
"""Share of the target's HP that the policy expects of a one-hit-KO move."""


def gather(
    frames: MatchupFrames,
    keys: pl.DataFrame,
    *,
    user: str,
    target: str,
) -> pl.DataFrame:
    """Bring the user's, the target's and the move's columns beside the keys.

    Args:
        frames: the prepared dex.
        keys: one row an attack, with form indices in ``user`` and ``target`` and the move's
            index in ``move``.
        user: name of the column with the attacking form.
        target: name of the column with the defending form.

    """
    moves = frames.moves[keys["move"]]
    at = keys[target] * TYPE_COUNT + moves["type_id"] - 1
    return pl.concat(
        [
            keys,
            frames.users[keys[user]],
            frames.targets[keys[target]],
            moves,
            frames.effectiveness[at].alias("effectiveness").to_frame(),
        ],
        how="horizontal",
    )


def measure(attacks: pl.DataFrame) -> pl.DataFrame:
    """Add what each attack does in its situation (columns of :data:`NEUTRAL` must be there).

    Adds ``hit_chance`` (0-1), ``hit_mean`` and ``hit_variance`` (HP, of a use that hits, critical
    hits and numbers of hits included), ``uses_per_turn`` (1, or 1/2 for charge and recharge),
    ``least`` and ``most`` (HP, one use, no chance critical hit) and ``expected``, the policy's
    expected damage (HP a turn).
    """
    for columns in _measures():
        attacks = attacks.with_columns(columns)
    return attacks


@cache
def _measures() -> tuple[list[pl.Expr], ...]:
    """Build the columns of :func:`measure`, each list on top of the one before."""
    chance_crit = pl.when(pl.col("rule_formula") & ~pl.col("always_crits")).then("crit_chance")
    # The game takes a whole percentage; the addend keeps 55 % from becoming 54.
    percent = (
        100 * pl.col("accuracy") * accuracy_multiplier(pl.col("accuracy_stage")) + 1e-9
    ).floor()
    hit_chance = (percent / 100).clip(0, 1)
    unusable = (pl.col("first_turn_only") & ~pl.col("first_turn")) | (
        pl.col("needs_sleeping_target") & ~pl.col("t_asleep")
    )
    fewest = pl.when(pl.col("hits_variance") > 0).then(2.0).otherwise("hits")
    greatest = pl.when(pl.col("hits_variance") > 0).then(5.0).otherwise("hits")
    plain = pl.col("one_hit") * pl.col("hits")
    # A hit is X = roll x (1 or 1.5); a use sums a random number of them.
    crit_gain = (CRIT - 1) * pl.col("chance_crit")
    per_hit = pl.col("one_hit") * (1 + crit_gain)
    hit_variance = pl.col("one_hit").pow(2) * (
        pl.when("rule_formula").then(ROLL_VARIANCE).otherwise(0.0) * (1 + crit_gain).pow(2)
        + (CRIT - 1) ** 2 * pl.col("chance_crit") * (1 - pl.col("chance_crit"))
    )
    expected_ohko = pl.when(plain > 0).then(OHKO_SHARE * pl.col("t_hp")).otherwise(0.0)
    two_turns = pl.col("charges") | pl.col("recharges")
    return (
        [
            power().alias("attack_power"),
            stab().alias("stab"),
            pl.when("never_misses").then(1.0).otherwise(hit_chance).alias("hit_chance"),
            chance_crit.otherwise(0.0).alias("chance_crit"),
            pl.when(two_turns).then(0.5).otherwise(1.0).alias("uses_per_turn"),
            unusable.alias("unusable"),
        ],
        [base_damage().alias("base")],
        [
            pl.when("unusable").then(0.0).otherwise(mean_damage()).alias("one_hit"),
            (rolled_damage(0.85, crit=pl.col("always_crits")) * fewest).alias("least"),
            (rolled_damage(1.0, crit=pl.col("always_crits")) * greatest).alias("most"),
        ],
        [
            (per_hit * pl.col("hits")).alias("hit_mean"),
            (pl.col("hits") * hit_variance + pl.col("hits_variance") * per_hit.pow(2)).alias(
                "hit_variance"
            ),
            pl.when("rule_ohko")
            .then(expected_ohko)
            .otherwise(plain * pl.col("hit_chance") * pl.col("uses_per_turn"))
            .alias("expected"),
        ],
    )


@cache
def preference() -> pl.Expr:
    """Order the policy's choices: the greatest is chosen, the first of equals.

    Expected damage first; then a self-KO move that does damage; then, when nothing does, a
    damaging move; then a status move; a self-KO move without effect last.
    """
    damaging = pl.col("category") > 0
    return (
        pl.when(pl.col("self_destructs"))
        .then(pl.when(pl.col("expected") > 0).then(1e-3).otherwise(-1.0))
        .when(pl.col("expected") > 0)
        .then(pl.col("expected") + 1)
        .when(damaging)
        .then(1e-6)
        .otherwise(0.0)
    )


def choose(attacks: pl.DataFrame, group: str) -> pl.DataFrame:
    """Keep of each group the attack that the policy uses, groups in order of appearance."""
    chosen = (
        attacks.select(group, preference().alias("preference"))
        .with_row_index("row")
        .group_by(group, maintain_order=True)
        .agg(pl.col("row").get(pl.col("preference").arg_max()))
    )
    return attacks[chosen["row"]]
