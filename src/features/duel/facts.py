"""The dex as integers, for kernels: one row a move, one a form.

The constants name the columns. Codes of ailments and special effects count from 1 in the order of
their tuples; 0 is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from features.dex import SPECIAL_EFFECTS, TYPE_IDENTIFIERS
from features.stats import hp_at_level_50, stat_at_level_50

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.dex import Dex

STATUS: Final = 0
PHYSICAL: Final = 1
SPECIAL: Final = 2
CATEGORIES: Final = ("status", "physical", "special")

RULES: Final = (
    "none",
    "standard",
    "weight",
    "fixed",
    "level",
    "psywave",
    "half_hp",
    "ohko",
    "counter",
    "bide",
)
RULE_NONE: Final = 0
RULE_STANDARD: Final = 1
RULE_WEIGHT: Final = 2
RULE_FIXED: Final = 3
RULE_LEVEL: Final = 4
RULE_PSYWAVE: Final = 5
RULE_HALF_HP: Final = 6
RULE_OHKO: Final = 7
RULE_COUNTER: Final = 8
RULE_BIDE: Final = 9

AILMENTS: Final = (
    "none",
    "burn",
    "paralysis",
    "poison",
    "toxic",
    "sleep",
    "freeze",
    "confusion",
    "flinch",
    "trap",
    "leech_seed",
    "yawn",
    "taunt",
    "encore",
    "disable",
    "tri_attack",
)
BURN: Final = 1
PARALYSIS: Final = 2
POISON: Final = 3
TOXIC: Final = 4
SLEEP: Final = 5
FREEZE: Final = 6
CONFUSION: Final = 7
FLINCH: Final = 8
TRAP: Final = 9
LEECH_SEED: Final = 10
YAWN: Final = 11
TAUNT: Final = 12
ENCORE: Final = 13
DISABLE: Final = 14
TRI_ATTACK: Final = 15

NORMAL: Final = 1
POISON_TYPE: Final = 4
GROUND: Final = 5
STEEL: Final = 9
FIRE: Final = 10
GRASS: Final = 12
ELECTRIC: Final = 13
ICE: Final = 15

NO_EFFECT: Final = SPECIAL_EFFECTS.index("none")
REFLECT: Final = SPECIAL_EFFECTS.index("reflect")
LIGHT_SCREEN: Final = SPECIAL_EFFECTS.index("light_screen")
MIST: Final = SPECIAL_EFFECTS.index("mist")
PROTECT: Final = SPECIAL_EFFECTS.index("protect")
SUBSTITUTE: Final = SPECIAL_EFFECTS.index("substitute")
REST: Final = SPECIAL_EFFECTS.index("rest")
HAZE: Final = SPECIAL_EFFECTS.index("haze")
CLEAR_SMOG: Final = SPECIAL_EFFECTS.index("clear_smog")
FOCUS_ENERGY: Final = SPECIAL_EFFECTS.index("focus_energy")
BRICK_BREAK: Final = SPECIAL_EFFECTS.index("brick_break")
FEINT: Final = SPECIAL_EFFECTS.index("feint")
FACADE: Final = SPECIAL_EFFECTS.index("facade")
TRANSFORM: Final = SPECIAL_EFFECTS.index("transform")
MIMIC: Final = SPECIAL_EFFECTS.index("mimic")
METRONOME: Final = SPECIAL_EFFECTS.index("metronome")
MIRROR_MOVE: Final = SPECIAL_EFFECTS.index("mirror_move")
CONVERSION: Final = SPECIAL_EFFECTS.index("conversion")
RAGE: Final = SPECIAL_EFFECTS.index("rage")
AROMATHERAPY: Final = SPECIAL_EFFECTS.index("aromatherapy")
THAWS: Final = SPECIAL_EFFECTS.index("thaws")

# Columns of a move.
M_TYPE: Final = 0
M_CATEGORY: Final = 1
M_POWER: Final = 2
M_ACCURACY: Final = 3  # percent; 0 never misses
M_PP: Final = 4  # as a battle starts
M_PRIORITY: Final = 5
M_RULE: Final = 6
M_FIXED: Final = 7
M_MIN_HITS: Final = 8
M_MAX_HITS: Final = 9
M_CRIT_STAGE: Final = 10
M_ALWAYS_CRITS: Final = 11
M_FOUL_PLAY: Final = 12
M_DRAIN: Final = 13  # percent, as the next three
M_RECOIL: Final = 14
M_HEAL: Final = 15
M_SELF_DESTRUCTS: Final = 16
M_CRASHES: Final = 17
M_CHARGES: Final = 18
M_VANISHES: Final = 19  # 1 underground, 2 in the air
M_RECHARGES: Final = 20
M_LOCKS_IN: Final = 21
M_NEEDS_SLEEP: Final = 22
M_FIRST_TURN_ONLY: Final = 23
M_NEEDS_ATTACK: Final = 24
M_AILMENT: Final = 25
M_AILMENT_CHANCE: Final = 26
M_BOOST_TARGET: Final = 27  # 0 none, 1 self, 2 foe
M_BOOST_CHANCE: Final = 28
M_BOOSTS: Final = 29  # attack, defense, special attack, special defense, speed, accuracy, evasion
M_EFFECT: Final = 36
M_POWDER: Final = 37
M_SOUND: Final = 38
M_THAWS_USER: Final = 39
M_CRUSHES: Final = 40  # hits a minimized target twice as hard and always
M_REACHES: Final = 41  # what vanished target it reaches: 1 underground, 2 in the air, 3 just so
M_EARLY: Final = 42  # of the first generation: Metronome may call it
MOVE_COLUMNS: Final = 43

AIR: Final = 2
REACHES_AIR: Final = 3

BOOST_SELF: Final = 1
BOOST_FOE: Final = 2
_BOOST_TARGETS: Final = ("none", "self", "foe")
_BOOSTS: Final = (
    "boost_attack",
    "boost_defense",
    "boost_special_attack",
    "boost_special_defense",
    "boost_speed",
    "boost_accuracy",
    "boost_evasion",
)

# Columns of a form; the order of the stats is that of the stages.
F_HP: Final = 0
F_ATTACK: Final = 1
F_DEFENSE: Final = 2
F_SPECIAL_ATTACK: Final = 3
F_SPECIAL_DEFENSE: Final = 4
F_SPEED: Final = 5
F_TYPE1: Final = 6
F_TYPE2: Final = 7  # 0: none
F_WEIGHT: Final = 8  # hectograms
FORM_COLUMNS: Final = 9
_STATS: Final = ("attack", "defense", "special_attack", "special_defense", "speed")

_UNDERGROUND: Final = {"dig": 1, "fly": 2}
_REACHES: Final = {"earthquake": 1, "gust": 2, "thunder": 3}
"""The first two hit twice as hard there."""
_CRUSHES: Final = ("bodyslam", "stomp", "doubleironbash")
_LAST_EARLY_MOVE: Final = 165
_NEVER_CALLED: Final = ("metronome", "mirrormove", "mimic", "transform", "counter", "bide")


@dataclass(frozen=True, slots=True)
class Facts:
    """Integer tables of the dex, rows in ascending order of ids."""

    moves: NDArray[np.int64]
    """(moves, MOVE_COLUMNS)."""
    forms: NDArray[np.int64]
    """(forms, FORM_COLUMNS): battle stats at level 50."""
    quarters: NDArray[np.int64]
    """(19, 19): four times the multiplier of an attacking against a defending type; type 0 is
    none and changes nothing."""

    @classmethod
    def prepare(cls, dex: Dex) -> Facts:
        """Encode the dex."""
        return cls(_moves(dex), _forms(dex), _quarters(dex))


def _code(column: str, names: tuple[str, ...]) -> pl.Expr:
    codes = {name: code for code, name in enumerate(names)}
    return pl.col(column).replace_strict(codes, return_dtype=pl.Int64)


def _named(column: str, names: tuple[str, ...] | dict[str, int]) -> pl.Expr:
    codes = names if isinstance(names, dict) else dict.fromkeys(names, 1)
    return pl.col(column).replace_strict(codes, default=0, return_dtype=pl.Int64)


def _moves(dex: Dex) -> NDArray[np.int64]:
    early = (pl.col("move_id") <= _LAST_EARLY_MOVE) & ~pl.col("showdown").is_in(_NEVER_CALLED)
    columns = [
        pl.col("type_id"),
        _code("category", CATEGORIES),
        pl.col("power"),
        pl.col("accuracy").fill_null(0),
        pl.col("pp") * 8 // 5,
        pl.col("priority"),
        _code("damage_rule", RULES),
        pl.col("fixed_damage", "min_hits", "max_hits", "crit_stage", "always_crits"),
        pl.col("uses_target_attack", "drain_percent", "recoil_percent", "heal_percent"),
        pl.col("self_destructs", "crashes", "charges"),
        _named("showdown", _UNDERGROUND).alias("vanishes"),
        pl.col("recharges", "locks_in", "needs_sleeping_target", "first_turn_only"),
        pl.col("needs_attacking_target"),
        _code("ailment", AILMENTS),
        pl.col("ailment_chance"),
        _code("boost_target", _BOOST_TARGETS),
        pl.col("boost_chance"),
        pl.col(*_BOOSTS),
        _code("special_effect", SPECIAL_EFFECTS),
        pl.col("is_powder", "is_sound", "thaws_user"),
        _named("showdown", _CRUSHES).alias("crushes"),
        _named("showdown", _REACHES).alias("reaches"),
        early.alias("early"),
    ]
    table = dex.moves.sort("move_id").select(columns).cast(pl.Int64)
    return np.ascontiguousarray(table.to_numpy())


def _forms(dex: Dex) -> NDArray[np.int64]:
    table = dex.forms.sort("form_id").select(
        hp_at_level_50("hp"),
        *(stat_at_level_50(stat) for stat in _STATS),
        "type1_id",
        pl.col("type2_id").fill_null(0),
        "weight_hg",
    )
    return np.ascontiguousarray(table.cast(pl.Int64).to_numpy())


def _quarters(dex: Dex) -> NDArray[np.int64]:
    size = len(TYPE_IDENTIFIERS) + 1
    quarters = np.full((size, size), 4, dtype=np.int64)
    for attacking, defending, multiplier in dex.type_affinities.iter_rows():
        quarters[attacking, defending] = round(4 * multiplier)
    return quarters
