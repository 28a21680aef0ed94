"""The contract of the 133 features: name, unit, meaning and expression, in one ordered table.

Training, serving, capture and documentation all read this table. A is the side that asks, B its
foe. Each expression is evaluated where it is cheapest, once for all rows that share its value:
over the forms, the pairs of forms and the moves of the dex when that changes; what depends on the
whole duel is laid out by a kernel for each request.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import polars as pl

from features.duel.columns import FOE_AILMENTS, OPENING_AILMENTS
from features.duel.facts import CATEGORIES
from features.duel.numbers import CRIT_CHANCES, SEVERAL_HITS
from features.stats import hp_at_level_50, stat_at_level_50
from features.units import (
    CHANCE,
    CODE,
    COUNT,
    FLAG,
    HP,
    POWER,
    RATIO,
    SHARE,
    STAGES,
    STAT,
    TURNS,
    WEIGHT,
)

REVISION: Final = 3
"""Raised by hand when an expression changes what a feature means under the same name."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of a feature row."""

    name: str
    unit: str
    meaning: str
    expression: pl.Expr

    @property
    def column(self) -> pl.Expr:
        """The expression as the column of its name."""
        return self.expression.cast(pl.Float32).alias(self.name)


_STATS: Final = ("attack", "defense", "special_attack", "special_defense", "speed")


def _form(side: str, who: str) -> tuple[Feature, ...]:
    """Features of one side's form, over the dex's forms."""
    return (
        Feature(f"{side}_hp", STAT, f"{who}'s HP", hp_at_level_50("hp")),
        *(
            Feature(
                f"{side}_{stat}", STAT, f"{who}'s {stat.replace('_', ' ')}", stat_at_level_50(stat)
            )
            for stat in _STATS
        ),
        *(
            Feature(
                f"{side}_type{slot}",
                CODE,
                f"{who}'s type {slot} (PokeAPI id, 0 for none)",
                pl.col(f"type{slot}_id").fill_null(0),
            )
            for slot in (1, 2)
        ),
        Feature(f"{side}_weight", WEIGHT, f"{who}'s weight", pl.col("weight_hg")),
    )


def _move() -> tuple[Feature, ...]:
    """Features of the opening move itself, over the dex's moves."""
    flags = {
        "self_destructs": "the user faints",
        "crashes": "a miss costs the user half of its HP",
        "charges": "the first turn only prepares",
        "vanishes": "the user cannot be hit while it prepares",
        "recharges": "the next turn is lost",
        "locks_in": "the move goes on for two or three turns",
        "first_turn_only": "works on the first turn only",
        "needs_attacking_target": "fails against a foe that does not attack",
        "needs_sleeping_target": "fails against a waking foe",
    }
    effects = {
        "reflect": "raises a screen against physical moves",
        "light_screen": "raises a screen against special moves",
        "substitute": "puts a substitute up",
        "protect": "blocks the foe's move",
        "haze": "resets all stages",
    }
    shares = {
        "drain": "share of the damage that heals A",
        "recoil": "share of the damage that hurts A",
        "heal": "share of A's HP that is healed",
    }
    boosts = {
        **{f"self_{stat}": ("A's", stat) for stat in (*_STATS, "evasion")},
        **{f"foe_{stat}": ("B's", stat) for stat in (*_STATS, "accuracy")},
    }
    rule = pl.col("damage_rule")
    several = pl.col("max_hits") > pl.col("min_hits")
    crit = pl.col("crit_stage").clip(0, len(CRIT_CHANCES) - 1)
    crit_chance = crit.replace_strict(dict(enumerate(CRIT_CHANCES)), return_dtype=pl.Float64)
    category = {name: code for code, name in enumerate(CATEGORIES)}
    return (
        Feature("move_type", CODE, "the opening's type (PokeAPI id)", pl.col("type_id")),
        Feature(
            "move_category",
            CODE,
            "0 status, 1 physical, 2 special",
            pl.col("category").replace_strict(category, return_dtype=pl.Int8),
        ),
        Feature("move_pp", COUNT, "base PP", pl.col("pp")),
        Feature("move_priority", COUNT, "priority", pl.col("priority")),
        Feature(
            "move_hits",
            COUNT,
            "mean number of hits",
            pl.when(several).then(SEVERAL_HITS).otherwise("max_hits"),
        ),
        Feature(
            "move_crit_chance",
            CHANCE,
            "chance of a critical hit",
            pl.when("always_crits").then(1.0).otherwise(crit_chance),
        ),
        *(
            Feature(f"move_{share}", SHARE, text, pl.col(f"{share}_percent") / 100)
            for share, text in shares.items()
        ),
        Feature("move_fixed_damage", HP, "fixed damage", pl.col("fixed_damage")),
        Feature("move_ohko", FLAG, "a hit brings B down", rule == "ohko"),
        Feature("move_returns_damage", FLAG, "gives damage back", rule.is_in(["counter", "bide"])),
        *(Feature(f"move_{flag}", FLAG, text, pl.col(flag)) for flag, text in flags.items()),
        *(
            Feature(f"move_{effect}", FLAG, text, pl.col("special_effect") == effect)
            for effect, text in effects.items()
        ),
        *(
            Feature(
                f"{boost}_stages",
                STAGES,
                f"mean change of {whose} {stat.replace('_', ' ')} by a hit",
                pl.when(pl.col("boost_target") == boost.split("_")[0])
                .then(pl.col(f"boost_{stat}") * pl.col("boost_chance") / 100)
                .otherwise(0.0),
            )
            for boost, (whose, stat) in boosts.items()
        ),
    )


def _attack(name: str, what: str) -> list[tuple[str, str, str]]:
    return [
        (f"{name}_expected", SHARE, f"expected damage of {what}"),
        (f"{name}_least", SHARE, f"least damage of {what}, no critical hit by chance"),
        (f"{name}_most", SHARE, f"most damage of {what}, no critical hit by chance"),
        (f"{name}_ko_chance", CHANCE, f"chance that one use of {what} is a KO"),
        (f"{name}_hits_to_ko", COUNT, f"uses of {what} to a KO at the mean, 20 for more and never"),
    ]


def _reply(name: str, what: str) -> list[tuple[str, str, str]]:
    return [
        *_attack(name, what),
        (f"{name}_category", CODE, f"category of {what}"),
        (f"{name}_hit_chance", CHANCE, f"chance that {what} hits"),
        (f"{name}_priority", COUNT, f"priority of {what}"),
        (f"{name}_uses_per_turn", RATIO, f"uses of {what} a turn: half where it charges or rests"),
        (f"{name}_recoil", SHARE, f"share of the damage of {what} that hurts its user"),
        (f"{name}_effectiveness", RATIO, f"type multiplier of {what}"),
        (f"{name}_self_destructs", FLAG, f"{what} makes its user faint"),
    ]


_DESCRIBED: Final = (
    ("move_power", POWER, "base power of this attack"),
    ("move_hit_chance", CHANCE, "chance that the opening hits"),
    ("move_stab", RATIO, "same-type bonus"),
    ("move_effectiveness", RATIO, "type multiplier against B"),
    ("move_effective_power", POWER, "power x same-type bonus x type multiplier"),
    *(
        (
            f"lands_{ailment}",
            CHANCE,
            f"chance that the opening gives B {ailment.replace('_', ' ')}",
        )
        for ailment in OPENING_AILMENTS
    ),
    *_attack("move", "the opening"),
    *_reply("reply", "A's later move"),
    ("reply_is_opening", FLAG, "A goes on with the opening move"),
    *_reply("foe_first", "B's first move"),
    ("foe_first_type", CODE, "type of B's first move (PokeAPI id)"),
    *(
        (f"foe_first_lands_{ailment}", CHANCE, f"chance that B's first move gives A {ailment}")
        for ailment in FOE_AILMENTS
    ),
    ("foe_later_expected", SHARE, "expected damage of B's later move"),
    ("foe_later_hits_to_ko", COUNT, "uses of B's later move to a KO at the mean"),
    ("best_expected", SHARE, "expected damage of A's best first move"),
    ("expected_lost", SHARE, "expected damage that the opening gives away"),
    ("first", CHANCE, "chance that A acts first on turn 1"),
    ("first_later", CHANCE, "chance that A acts first on later turns"),
    ("a_moves", COUNT, "moves A can choose from"),
    ("b_moves", COUNT, "moves B can choose from"),
    ("b_known", FLAG, "B's moves were given"),
    ("games_win_rate", CHANCE, "share that A wins of the kernel's games from this opening"),
    ("games_margin", SHARE, "A's HP left minus B's at their end, mean"),
    ("games_spread", SHARE, "the same, standard deviation"),
    ("games_turns", TURNS, "their length, mean"),
    ("games_own_hp", SHARE, "A's HP left at their end, 0 in a lost one, mean"),
    ("games_foe_hp", SHARE, "B's HP left at their end, 0 in one that A won, mean"),
    ("games_won_by_2", CHANCE, "share of them that A wins within two turns"),
    ("games_lost_by_2", CHANCE, "share of them that A loses within two turns"),
    ("games_unlucky", SHARE, "A's HP left minus B's at the end of a game of bad luck for A"),
    ("games_lucky", SHARE, "the same of a game of good luck for A"),
)

A_FORM: Final = _form("a", "A")
B_FORM: Final = _form("b", "B")
RATIOS: Final = (
    Feature("speed_ratio", RATIO, "A's speed over B's", pl.col("a_speed") / pl.col("b_speed")),
    Feature("hp_ratio", RATIO, "A's HP over B's", pl.col("a_hp") / pl.col("b_hp")),
    Feature(
        "a_attack_ratio",
        RATIO,
        "A's attack over B's defense",
        pl.col("a_attack") / pl.col("b_defense"),
    ),
    Feature(
        "a_special_ratio",
        RATIO,
        "A's special attack over B's special defense",
        pl.col("a_special_attack") / pl.col("b_special_defense"),
    ),
    Feature(
        "b_attack_ratio",
        RATIO,
        "B's attack over A's defense",
        pl.col("b_attack") / pl.col("a_defense"),
    ),
    Feature(
        "b_special_ratio",
        RATIO,
        "B's special attack over A's special defense",
        pl.col("b_special_attack") / pl.col("a_special_defense"),
    ),
)
"""Over the features of both forms."""
MOVE: Final = _move()
DUEL: Final = tuple(Feature(*described, pl.col(described[0])) for described in _DESCRIBED)
"""What :func:`features.duel.openings.describe` lays out, column by column."""

FEATURES: Final[tuple[Feature, ...]] = (*A_FORM, *B_FORM, *RATIOS, *MOVE, *DUEL)
"""The features in the order of every matrix and parquet file."""

FEATURE_NAMES: Final = tuple(feature.name for feature in FEATURES)

_text = "\n".join(f"{feature.name}\t{feature.unit}\t{feature.meaning}" for feature in FEATURES)
CONTRACT_VERSION: Final = f"{REVISION}-{hashlib.sha256(_text.encode()).hexdigest()[:8]}"
"""Names the contract in model metadata: a model and a service must agree on it."""
