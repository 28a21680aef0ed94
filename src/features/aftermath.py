"""What an opening move leaves behind: the state in which the rest of the duel is fought.

All columns describe the state *given that the effect landed*; ``effect_chance`` says how likely
that is. A is the user of the opening, B its foe.
"""

from __future__ import annotations

from typing import Final

import polars as pl

_FIRE, _WATER, _GRASS, _ELECTRIC = 10.0, 11.0, 12.0, 13.0
_POISON, _STEEL, _ICE = 4.0, 9.0, 15.0

IMMUNE_TYPES: Final = {
    "burn": (_FIRE,),
    "paralysis": (_ELECTRIC,),
    "poison": (_POISON, _STEEL),
    "toxic": (_POISON, _STEEL),
    "freeze": (_ICE,),
    "leech_seed": (_GRASS,),
}
"""Types that an ailment does not affect."""

PARALYSED_ACTS: Final = 0.75
CONFUSED_ACTS: Final = 0.75
"""Share of turns a confused side acts, over the two to five turns that confusion lasts."""
SLEEP_TURNS: Final = 2.0
FREEZE_TURNS: Final = 4.0
RESIDUAL_SHARE: Final = {
    "burn": 1 / 16,
    "poison": 1 / 8,
    "toxic": 1 / 6,
    "trap": 1 / 8,
    "leech_seed": 1 / 8,
}
"""Share of the foe's full HP lost each turn; toxic's, which grows, at its mean over five turns."""


def _foe_has_type(types: tuple[float, ...]) -> pl.Expr:
    return pl.col("t_type1_id").is_in(types) | pl.col("t_type2_id").is_in(types)


def landing(ailment: str) -> pl.Expr:
    """Probability that one use of the move gives the foe this ailment."""
    chance = pl.col(ailment) * pl.col("hit_chance")
    blocked = pl.col("is_powder") & _foe_has_type((_GRASS,))
    # A damaging move must not be resisted to nothing; of the status moves only Thunder Wave
    # (electric) heeds its type.
    heeds_type = (pl.col("category") > 0) | (pl.col("type_id") == int(_ELECTRIC))
    blocked |= heeds_type & (pl.col("effectiveness") == 0)
    if ailment in IMMUNE_TYPES:
        blocked |= _foe_has_type(IMMUNE_TYPES[ailment])
    return pl.when(blocked).then(0.0).otherwise(chance)


def aftermath(landings: dict[str, str]) -> list[pl.Expr]:
    """Columns of the state after the opening.

    Args:
        landings: ailment to the column that holds its :func:`landing` probability.

    """
    has = {ailment: pl.col(column) > 0 for ailment, column in landings.items()}
    ailment_chance = pl.max_horizontal(*landings.values())
    boosts = [column for side in ("self", "foe") for column in _stage_columns(side)]
    # Raising one's own stages cannot miss; of a damaging move the boost comes with the hit.
    lands = (
        pl.when(pl.col("category") == 0)
        .then(pl.col("hit_chance"))
        .otherwise(pl.when(pl.col("effectiveness") > 0).then(pl.col("hit_chance")).otherwise(0.0))
    )
    any_boost = pl.any_horizontal(pl.col(column) != 0 for column in boosts)
    screens = pl.col("reflect") | pl.col("light_screen")
    boost_chance = (
        pl.when(any_boost)
        .then(pl.col("boost_chance") * lands)
        .when(screens)
        .then(lands)
        .otherwise(0.0)
    )
    acts = pl.when(has["paralysis"]).then(PARALYSED_ACTS).when(has["confusion"]).then(CONFUSED_ACTS)
    lost = pl.when(has["sleep"]).then(SLEEP_TURNS).when(has["freeze"]).then(FREEZE_TURNS)
    residual = pl.lit(0.0)
    for ailment, share in RESIDUAL_SHARE.items():
        residual = pl.when(has[ailment]).then(share).otherwise(residual)
    return [
        pl.max_horizontal(ailment_chance, boost_chance).alias("effect_chance"),
        boost_chance.alias("after_boost_chance"),
        has["burn"].alias("after_burned"),
        has["sleep"].alias("after_asleep"),
        has["flinch"].alias("after_flinched"),
        acts.otherwise(1.0).alias("after_foe_acts"),
        lost.otherwise(0.0).alias("after_foe_lost_turns"),
        residual.alias("after_residual"),
        pl.when(has["leech_seed"]).then(1 / 8).otherwise(0.0).alias("after_leech"),
        pl.when(has["paralysis"]).then(0.5).otherwise(1.0).alias("after_foe_speed_factor"),
    ]


def _stage_columns(side: str) -> list[str]:
    stats = ("attack", "defense", "special_attack", "special_defense", "speed")
    return [*(f"{side}_{stat}" for stat in stats), f"{side}_accuracy", f"{side}_evasion"]
