"""The rules on the moves table: ranges, known words, and that effects agree with each other."""

from __future__ import annotations

from typing import Final

import polars as pl

from features.dex import SPECIAL_EFFECTS

_CATEGORIES: Final = ("physical", "special", "status")
_DAMAGE_RULES: Final = (
    "standard",
    "fixed",
    "level",
    "psywave",
    "half_hp",
    "ohko",
    "counter",
    "bide",
    "weight",
    "none",
)
_AILMENTS: Final = (
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
    "none",
)
_BOOST_TARGETS: Final = ("self", "foe", "none")
BOOSTS: Final = (
    "boost_attack",
    "boost_defense",
    "boost_special_attack",
    "boost_special_defense",
    "boost_speed",
    "boost_accuracy",
    "boost_evasion",
)

_WORDS: Final = {
    "category": _CATEGORIES,
    "damage_rule": _DAMAGE_RULES,
    "ailment": _AILMENTS,
    "boost_target": _BOOST_TARGETS,
    "special_effect": SPECIAL_EFFECTS,
}
_RANGES: Final = {
    "move_id": (1, 100_000),
    "power": (0, 250),
    "accuracy": (1, 100),
    "pp": (1, 40),
    "priority": (-7, 5),
    "fixed_damage": (0, 255),
    "min_hits": (1, 5),
    "max_hits": (1, 5),
    "crit_stage": (0, 3),
    "drain_percent": (0, 100),
    "recoil_percent": (0, 100),
    "heal_percent": (0, 100),
    "ailment_chance": (0, 100),
    "boost_chance": (0, 100),
} | dict.fromkeys(BOOSTS, (-6, 6))

_status = pl.col("category") == "status"
_no_boost = pl.col("boost_target") == "none"


_AGREEMENTS: Final = (
    ("damage_rule", "none for status moves alone", _status, pl.col("damage_rule") == "none"),
    (
        "power",
        "positive under the standard rule alone",
        pl.col("power") > 0,
        pl.col("damage_rule") == "standard",
    ),
    (
        "fixed_damage",
        "positive under the fixed rule alone",
        pl.col("fixed_damage") > 0,
        pl.col("damage_rule") == "fixed",
    ),
    (
        "ailment_chance",
        "positive with an ailment alone",
        pl.col("ailment_chance") > 0,
        pl.col("ailment") != "none",
    ),
    ("boost_chance", "positive with a target alone", pl.col("boost_chance") > 0, ~_no_boost),
    (
        "boost_target",
        "with a stage alone",
        ~_no_boost,
        pl.any_horizontal(pl.col(boost) != 0 for boost in BOOSTS),
    ),
)
_EXCLUSIONS: Final = (
    ("min_hits", "at most max_hits", pl.col("min_hits") > pl.col("max_hits")),
    ("vanishes", "only while charging", pl.col("vanishes") & ~pl.col("charges")),
    ("recharges", "not after charging", pl.col("recharges") & pl.col("charges")),
    ("always_crits", "not with a stage", pl.col("always_crits") & (pl.col("crit_stage") > 0)),
    ("drain_percent", "only of damage", _status & (pl.col("drain_percent") > 0)),
    ("recoil_percent", "only of damage", _status & (pl.col("recoil_percent") > 0)),
    ("showdown", "unique", pl.col("showdown").is_duplicated()),
)

MOVE_RULES: Final = (
    *((column, "known word", ~pl.col(column).is_in(words)) for column, words in _WORDS.items()),
    *(
        (column, f"{low} to {high}", ~pl.col(column).is_between(low, high))
        for column, (low, high) in _RANGES.items()
    ),
    *((column, name, one != other) for column, name, one, other in _AGREEMENTS),
    *_EXCLUSIONS,
)
"""Column shown, name of the rule, and the expression that is true where it is broken."""
