"""What an opening move does beside plain damage: one label a move, by which errors are grouped.

A move may do several things; the first rule of :data:`EFFECTS` that it meets names it, so the
rules go from what decides a duel alone to what only colours it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAIN_ATTACK: Final = "plain attack"
NO_EFFECT: Final = "no effect in a duel"

_STATUS: Final = pl.col("category") == "status"
_FORMULA: Final = pl.col("damage_rule").is_in(["standard", "weight"])


def _rule(*rules: str) -> pl.Expr:
    return pl.col("damage_rule").is_in(rules)


def _special(*effects: str) -> pl.Expr:
    return pl.col("special_effect").is_in(effects)


def _ailment(*ailments: str) -> pl.Expr:
    return pl.col("ailment").is_in(ailments)


def _boosts(target: str) -> pl.Expr:
    return pl.col("boost_target") == target


EFFECTS: Final[Mapping[str, pl.Expr]] = {
    "one-hit KO": _rule("ohko"),
    "counter and bide": _rule("counter", "bide"),
    "half of the foe's HP": _rule("half_hp"),
    "fixed damage": _rule("fixed", "level", "psywave"),
    "self-KO": pl.col("self_destructs"),
    "protect": _special("protect"),
    "substitute": _special("substitute"),
    "screen": _special("reflect", "light_screen", "mist"),
    "rest": _special("rest"),
    "resets stages": _special("haze", "clear_smog"),
    "copies or calls": _special("transform", "mimic", "metronome", "mirror_move", "conversion"),
    "focus energy": _special("focus_energy"),
    "charges, out of reach": pl.col("charges") & pl.col("vanishes"),
    "charges": pl.col("charges"),
    "recharges": pl.col("recharges"),
    "locks in": pl.col("locks_in"),
    "conditional": (
        pl.col("first_turn_only")
        | pl.col("needs_attacking_target")
        | pl.col("needs_sleeping_target")
    ),
    "crashes on a miss": pl.col("crashes"),
    "drain": pl.col("drain_percent") > 0,
    "recoil": pl.col("recoil_percent") > 0,
    "heals": pl.col("heal_percent") > 0,
    "sleep": _ailment("sleep", "yawn"),
    "leech seed": _ailment("leech_seed"),
    "taunt, encore, disable": _ailment("taunt", "encore", "disable"),
    "traps": _ailment("trap"),
    "inflicts paralysis": _STATUS & _ailment("paralysis"),
    "inflicts poison": _STATUS & _ailment("poison", "toxic"),
    "inflicts burn": _STATUS & _ailment("burn"),
    "inflicts confusion": _STATUS & _ailment("confusion"),
    "may paralyse": _ailment("paralysis"),
    "may poison": _ailment("poison", "toxic"),
    "may burn": _ailment("burn"),
    "may freeze": _ailment("freeze"),
    "may confuse": _ailment("confusion"),
    "may flinch": _ailment("flinch"),
    "may burn, freeze or paralyse": _ailment("tri_attack"),
    "raises own stages": _STATUS & _boosts("self"),
    "lowers the foe's stages": _STATUS & _boosts("foe"),
    "attacks, changes own stages": _boosts("self"),
    "attacks, lowers the foe's": _boosts("foe"),
    "several hits": pl.col("max_hits") > 1,
    "priority": ~_STATUS & (pl.col("priority") > 0),
    "often or always critical": pl.col("always_crits") | (pl.col("crit_stage") > 0),
    "power of its own kind": ~_STATUS
    & (_rule("weight") | pl.col("uses_target_attack") | _special("facade", "rage", "brick_break")),
    NO_EFFECT: _STATUS,
    PLAIN_ATTACK: _FORMULA,
}
"""Label to the rule, over the columns of :data:`features.dex.MOVES`."""


def opening_effects(moves: pl.DataFrame) -> pl.DataFrame:
    """Label every move.

    Args:
        moves: columns of :data:`features.dex.MOVES`.

    Returns:
        ``opening`` (move id, Int32), ``move`` (English name) and ``effect``, one row a move.

    """
    label = pl.coalesce(
        *(pl.when(rule).then(pl.lit(effect)) for effect, rule in EFFECTS.items()),
        pl.lit(PLAIN_ATTACK),
    )
    return moves.select(
        pl.col("move_id").alias("opening"), pl.col("name_en").alias("move"), label.alias("effect")
    )
