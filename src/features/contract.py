"""The contract of the 133 features: name, unit, meaning and expression, in one ordered table.

Training, serving, capture and documentation all read this table. Every feature is a Float32 that
is read from the situation frame (:mod:`features.situation`); A is the side that asks, B its foe.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import polars as pl

from features.matchup_frames import AILMENTS, ATTACK_AILMENTS
from features.units import CHANCE, CODE, COUNT, FLAG, HP, RATIO, SHARE, STAGES, STAT, TURNS

REVISION: Final = 1
"""Raised by hand when an expression changes what a feature means under the same name."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of a feature row."""

    name: str
    unit: str
    meaning: str
    expression: pl.Expr


def _c(column: str) -> pl.Expr:
    return pl.col(column)


def _share(damage: str, hp: str = "o_t_hp") -> pl.Expr:
    """Damage as a share of full HP, held where more makes no difference."""
    return (pl.col(damage) / pl.col(hp)).clip(0, 4)


def _hits_to_ko(prefix: str, hp: str) -> pl.Expr:
    """Count uses to a KO at the mean damage; 20 stands for more and for never."""
    mean = pl.col(f"{prefix}_hit_mean")
    return pl.when(mean > 0).then((pl.col(hp) / mean).ceil()).otherwise(20.0).clip(1, 20)


def _ko_chance(prefix: str, hp: str) -> pl.Expr:
    """Chance that one use brings a target at full HP down, between the least and the most roll."""
    least, most = pl.col(f"{prefix}_least"), pl.col(f"{prefix}_most")
    within = ((most - pl.col(hp)) / (most - least).clip(1, None)).clip(0, 1)
    sure = pl.when(pl.col(f"{prefix}_hit_mean") >= pl.col(hp)).then(1.0).otherwise(0.0)
    return pl.when(most > 0).then(within).otherwise(sure) * pl.col(f"{prefix}_hit_chance")


def _versus(attack: str, defense: str) -> pl.Expr:
    return pl.col(attack) / pl.col(defense)


def _forms() -> list[Feature]:
    stats = ("hp", "attack", "defense", "special_attack", "special_defense", "speed")
    sides = (("a", "A", "o_u"), ("b", "B", "o_t"))
    return [
        *(
            Feature(
                f"{side}_{stat}", STAT, f"{who}'s {stat.replace('_', ' ')}", _c(f"{column}_{stat}")
            )
            for side, who, column in sides
            for stat in stats
        ),
        *(
            Feature(
                f"{side}_type{slot}",
                CODE,
                f"{who}'s type {slot} (PokeAPI id, 0 for none)",
                _c(f"{column}_type{slot}_id"),
            )
            for side, who, column in sides
            for slot in (1, 2)
        ),
        Feature("a_weight", "hg", "A's weight", _c("o_u_weight_hg")),
        Feature("b_weight", "hg", "B's weight", _c("o_t_weight_hg")),
        Feature("speed_ratio", RATIO, "A's speed over B's", _versus("o_u_speed", "o_t_speed")),
        Feature("hp_ratio", RATIO, "A's HP over B's", _versus("o_u_hp", "o_t_hp")),
        Feature(
            "a_attack_ratio",
            RATIO,
            "A's attack over B's defense",
            _versus("o_u_attack", "o_t_defense"),
        ),
        Feature(
            "a_special_ratio",
            RATIO,
            "A's special attack over B's special defense",
            _versus("o_u_special_attack", "o_t_special_defense"),
        ),
        Feature(
            "b_attack_ratio",
            RATIO,
            "B's attack over A's defense",
            _versus("o_t_attack", "o_u_defense"),
        ),
        Feature(
            "b_special_ratio",
            RATIO,
            "B's special attack over A's special defense",
            _versus("o_t_special_attack", "o_u_special_defense"),
        ),
    ]


def _opening() -> list[Feature]:
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
        "reflect": "raises a screen against physical moves",
        "light_screen": "raises a screen against special moves",
        "substitute": "puts a substitute up",
        "protect": "blocks the foe's move",
        "haze": "resets all stages",
    }
    boosts = ("attack", "defense", "special_attack", "special_defense", "speed")
    return [
        Feature("move_type", CODE, "the opening's type (PokeAPI id)", _c("o_type_id")),
        Feature("move_category", CODE, "0 status, 1 physical, 2 special", _c("o_category")),
        Feature("move_power", "power", "base power of this attack", _c("o_attack_power")),
        Feature("move_hit_chance", CHANCE, "chance that the opening hits", _c("o_hit_chance")),
        Feature("move_pp", COUNT, "base PP", _c("o_pp")),
        Feature("move_priority", COUNT, "priority", _c("o_priority")),
        Feature("move_hits", COUNT, "mean number of hits", _c("o_hits")),
        Feature("move_crit_chance", CHANCE, "chance of a critical hit", _c("o_crit_chance")),
        Feature("move_stab", RATIO, "same-type bonus", _c("o_stab")),
        Feature("move_effectiveness", RATIO, "type multiplier against B", _c("o_effectiveness")),
        Feature(
            "move_effective_power",
            "power",
            "power x same-type bonus x type multiplier",
            _c("o_attack_power") * _c("o_stab") * _c("o_effectiveness"),
        ),
        Feature("move_drain", SHARE, "share of the damage that heals A", _c("o_drain")),
        Feature("move_recoil", SHARE, "share of the damage that hurts A", _c("o_recoil")),
        Feature("move_heal", SHARE, "share of A's HP that is healed", _c("o_heal")),
        Feature("move_fixed_damage", HP, "fixed damage", _c("o_fixed_damage")),
        Feature("move_ohko", FLAG, "a hit brings B down", _c("o_rule_ohko")),
        *(Feature(f"move_{flag}", FLAG, text, _c(f"o_{flag}")) for flag, text in flags.items()),
        *(
            Feature(
                f"lands_{ailment}",
                CHANCE,
                f"chance that the opening gives B {ailment.replace('_', ' ')}",
                _c(f"o_lands_{ailment}"),
            )
            for ailment in AILMENTS
        ),
        *(
            Feature(
                f"{side}_{stat}_stages",
                STAGES,
                f"mean change of {who} {stat.replace('_', ' ')}",
                _c(f"o_{side}_{stat}") * _c("o_after_boost_chance"),
            )
            for side, who in (("self", "A's"), ("foe", "B's"))
            for stat in boosts
        ),
        Feature(
            "self_evasion_stages",
            STAGES,
            "mean change of A's evasion",
            _c("o_self_evasion") * _c("o_after_boost_chance"),
        ),
        Feature(
            "foe_accuracy_stages",
            STAGES,
            "mean change of B's accuracy",
            _c("o_foe_accuracy") * _c("o_after_boost_chance"),
        ),
        Feature(
            "effect_chance", CHANCE, "chance that the side effect lands", _c("o_effect_chance")
        ),
        Feature("foe_lost_turns", TURNS, "turns B loses if it lands", _c("o_after_foe_lost_turns")),
        Feature("foe_acts", SHARE, "share of B's turns left if it lands", _c("o_after_foe_acts")),
        Feature("foe_residual", SHARE, "HP B loses a turn if it lands", _c("o_after_residual")),
    ]


def _attack(name: str, what: str, prefix: str, hp: str) -> list[Feature]:
    return [
        Feature(
            f"{name}_expected",
            SHARE,
            f"expected damage of {what}",
            _share(f"{prefix}_expected", hp),
        ),
        Feature(f"{name}_least", SHARE, f"least damage of {what}", _share(f"{prefix}_least", hp)),
        Feature(f"{name}_most", SHARE, f"most damage of {what}", _share(f"{prefix}_most", hp)),
        Feature(f"{name}_ko_chance", CHANCE, f"chance that {what} is a KO", _ko_chance(prefix, hp)),
        Feature(f"{name}_hits_to_ko", COUNT, f"uses of {what} to a KO", _hits_to_ko(prefix, hp)),
    ]


def _reply(name: str, what: str, prefix: str, hp: str) -> list[Feature]:
    return [
        *_attack(name, what, prefix, hp),
        Feature(f"{name}_category", CODE, f"category of {what}", _c(f"{prefix}_category")),
        Feature(
            f"{name}_hit_chance", CHANCE, f"chance that {what} hits", _c(f"{prefix}_hit_chance")
        ),
        Feature(f"{name}_priority", COUNT, f"priority of {what}", _c(f"{prefix}_priority")),
        Feature(
            f"{name}_uses_per_turn", RATIO, f"uses of {what} a turn", _c(f"{prefix}_uses_per_turn")
        ),
        Feature(f"{name}_drain", SHARE, f"drain of {what}", _c(f"{prefix}_drain")),
        Feature(f"{name}_recoil", SHARE, f"recoil of {what}", _c(f"{prefix}_recoil")),
    ]


def _duel() -> list[Feature]:
    same = _c("o_move") == _c("r_move")
    return [
        *_attack("move", "the opening", "o", "o_t_hp"),
        *_reply("reply", "A's later move", "r", "o_t_hp"),
        Feature("reply_is_opening", FLAG, "A goes on with the opening move", same),
        Feature(
            "reply_self_destructs", FLAG, "A's later move makes it faint", _c("r_self_destructs")
        ),
        *_reply("foe_first", "B's first move", "f", "o_u_hp"),
        Feature("foe_first_effectiveness", RATIO, "its type multiplier", _c("f_effectiveness")),
        Feature("foe_first_type", CODE, "its type (PokeAPI id)", _c("f_type_id")),
        Feature("foe_first_self_destructs", FLAG, "it makes B faint", _c("f_self_destructs")),
        *(
            Feature(
                f"foe_first_lands_{ailment}",
                CHANCE,
                f"chance that it gives A {ailment}",
                _c(f"f_lands_{ailment}"),
            )
            for ailment in ATTACK_AILMENTS
        ),
        Feature(
            "foe_later_expected",
            SHARE,
            "expected damage of B's later move",
            _share("l_expected", "o_u_hp"),
        ),
        Feature("foe_later_hits_to_ko", COUNT, "uses of it to a KO", _hits_to_ko("l", "o_u_hp")),
        Feature(
            "best_expected", SHARE, "expected damage of A's best first move", _share("n_expected")
        ),
        Feature(
            "expected_lost",
            SHARE,
            "expected damage that the opening gives away",
            _share("n_expected") - _share("o_expected"),
        ),
        Feature(
            "reply_after_expected",
            SHARE,
            "expected damage of A's later move, effect landed",
            _share("ra_expected"),
        ),
        Feature(
            "foe_after_expected",
            SHARE,
            "expected damage of B's later move, effect landed",
            _share("la_expected", "o_u_hp"),
        ),
        Feature("first", CHANCE, "chance that A acts first on turn 1", _c("first")),
        Feature("first_later", CHANCE, "the same on later turns", _c("first_later")),
        Feature("first_after", CHANCE, "the same on later turns, effect landed", _c("first_after")),
        Feature("race_plain", CHANCE, "chance to win the damage race, no effect", _c("race_plain")),
        Feature("race_effect", CHANCE, "the same with the effect landed", _c("race_effect")),
        Feature("race", CHANCE, "the mean of both by the chance of the effect", _c("race")),
        Feature("a_moves", COUNT, "moves A can choose from", _c("a_count")),
        Feature("b_moves", COUNT, "moves B can choose from", _c("b_count")),
        Feature("b_known", FLAG, "B's moves were given", _c("b_known")),
    ]


FEATURES: Final[tuple[Feature, ...]] = (*_forms(), *_opening(), *_duel())
"""The features in the order of every matrix and parquet file."""

FEATURE_NAMES: Final = tuple(feature.name for feature in FEATURES)

_text = "\n".join(f"{feature.name}\t{feature.unit}\t{feature.meaning}" for feature in FEATURES)
CONTRACT_VERSION: Final = f"{REVISION}-{hashlib.sha256(_text.encode()).hexdigest()[:8]}"
"""Names the contract in model metadata: a model and a service must agree on it."""
