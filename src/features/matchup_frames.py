"""The dex in the form that feature expressions gather from: one row an index, numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from features.dex import TYPE_IDENTIFIERS
from features.stats import hp_at_level_50, stat_at_level_50

if TYPE_CHECKING:
    from features.dex import Dex

CATEGORIES: Final = ("status", "physical", "special")
AILMENTS: Final = (
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
)
ATTACK_AILMENTS: Final = ("burn", "paralysis", "poison", "freeze", "confusion", "flinch")
"""The ailments that damaging moves, which B always chooses, can bring."""
BOOSTS: Final = (
    "attack",
    "defense",
    "special_attack",
    "special_defense",
    "speed",
    "accuracy",
    "evasion",
)
SPECIAL_EFFECTS: Final = (
    "reflect",
    "light_screen",
    "substitute",
    "protect",
    "haze",
    "facade",
    "brick_break",
)
CRIT_CHANCES: Final = (1 / 24, 1 / 8, 1 / 2, 1.0)
"""Chance of a critical hit by stage (generation 7)."""

SEVERAL_HITS: Final = 3.1
SEVERAL_HITS_VARIANCE: Final = 1.09
"""Of a 2-5 hit move: 2 and 3 hits have a chance of 7/20 each, 4 and 5 of 3/20 each."""

TYPE_COUNT: Final = len(TYPE_IDENTIFIERS)

_BATTLE_STATS: Final = ("attack", "defense", "special_attack", "special_defense", "speed")


@dataclass(frozen=True, slots=True)
class MatchupFrames:
    """What :func:`features.compute.compute` needs of the dex, prepared once a dex version.

    Row *i* of ``users``, ``targets`` and ``moves`` is the form or move with index *i*; the battle
    stats of the first two differ in their prefix only, ``u_`` and ``t_``. ``effectiveness`` holds
    18 multipliers a form, flat: entry ``form_index * 18 + type_id - 1``.
    """

    users: pl.DataFrame
    targets: pl.DataFrame
    moves: pl.DataFrame
    effectiveness: pl.Series
    form_index: pl.Series
    """Index of a form by its id; null where no form has the id."""
    move_index: pl.Series
    """Index of a move by its id; null where no move has the id."""
    attacks_learnt: pl.Series
    """By form index: ids of the damaging moves that it can legally learn, ascending; all moves
    that it can learn where none does damage."""
    dex_version: str

    @classmethod
    def prepare(cls, dex: Dex) -> MatchupFrames:
        """Derive level-50 stats, effect columns and look-ups from the dex tables."""
        forms = dex.forms.sort("form_id")
        moves = dex.moves.sort("move_id")
        damaging = moves.filter(pl.col("category") != "status")["move_id"]
        learns = pl.col("move_id").unique().sort()
        learnt = (
            dex.learnset.group_by("form_id")
            .agg(learns, learns.filter(learns.is_in(damaging.implode())).alias("attacks"))
            # Ditto learns nothing that does damage: it uses what it has.
            .with_columns(
                pl.when(pl.col("attacks").list.len() > 0).then("attacks").otherwise("move_id")
            )
        )
        battle = forms.select(_form_columns())
        return cls(
            users=battle.rename(lambda column: f"u_{column}"),
            targets=battle.rename(lambda column: f"t_{column}"),
            moves=moves.select(_move_columns()),
            effectiveness=_effectiveness(forms, dex.type_affinities),
            form_index=_index_by_id(forms["form_id"]),
            move_index=_index_by_id(moves["move_id"]),
            attacks_learnt=forms.join(learnt, on="form_id", how="left", maintain_order="left")[
                "attacks"
            ],
            dex_version=dex.version,
        )


def _index_by_id(ids: pl.Series) -> pl.Series:
    last = ids.cast(pl.Int32).max()
    every = pl.select(id=pl.int_range(0, pl.lit(last, pl.Int32) + 1, dtype=pl.Int32))
    index = ids.cast(pl.Int32).rename("id").to_frame().with_row_index("index")
    return every.join(index, on="id", how="left", maintain_order="left")["index"]


def _form_columns() -> list[pl.Expr]:
    return [
        hp_at_level_50("hp").cast(pl.Float64),
        *(stat_at_level_50(stat).cast(pl.Float64) for stat in _BATTLE_STATS),
        pl.col("type1_id").cast(pl.Float64),
        pl.col("type2_id").fill_null(0).cast(pl.Float64),
        pl.col("weight_hg").cast(pl.Float64),
    ]


def _move_columns() -> list[pl.Expr]:
    rule = pl.col("damage_rule")
    numbers = (
        "power",
        "pp",
        "priority",
        "fixed_damage",
    )
    percentages = ("drain_percent", "recoil_percent", "heal_percent")
    flags = (
        "always_crits",
        "uses_target_attack",
        "self_destructs",
        "crashes",
        "charges",
        "vanishes",
        "recharges",
        "locks_in",
        "needs_sleeping_target",
        "first_turn_only",
        "needs_attacking_target",
        "is_powder",
    )
    crit = (
        pl.when("always_crits")
        .then(1.0)
        .otherwise(
            pl.col("crit_stage")
            .clip(0, len(CRIT_CHANCES) - 1)
            .replace_strict(dict(enumerate(CRIT_CHANCES)), return_dtype=pl.Float64)
        )
    )
    several = pl.col("max_hits") > pl.col("min_hits")
    return [
        *(pl.col(number).cast(pl.Float64) for number in numbers),
        *((pl.col(name) / 100.0).alias(name.removesuffix("_percent")) for name in percentages),
        *(pl.col(flag) for flag in flags),
        pl.col("type_id").cast(pl.Int32),
        pl.col("category")
        .replace_strict({name: code for code, name in enumerate(CATEGORIES)}, return_dtype=pl.Int8)
        .alias("category"),
        (pl.col("accuracy").fill_null(100) / 100.0).alias("accuracy"),
        pl.col("accuracy").is_null().alias("never_misses"),
        crit.alias("crit_chance"),
        pl.when(several).then(SEVERAL_HITS).otherwise("max_hits").cast(pl.Float64).alias("hits"),
        pl.when(several).then(SEVERAL_HITS_VARIANCE).otherwise(0.0).alias("hits_variance"),
        *((rule == word).alias(f"rule_{word}") for word in ("fixed", "psywave", "half_hp", "ohko")),
        (rule == "level").alias("rule_level"),
        (rule == "weight").alias("rule_weight"),
        rule.is_in(["standard", "weight"]).alias("rule_formula"),
        *(
            pl.when(pl.col("ailment") == ailment)
            .then(pl.col("ailment_chance") / 100.0)
            .otherwise(0.0)
            .alias(ailment)
            for ailment in AILMENTS
        ),
        *(
            pl.when(pl.col("boost_target") == target)
            .then(pl.col(f"boost_{stat}"))
            .otherwise(0)
            .cast(pl.Float64)
            .alias(f"{target}_{stat}")
            for target in ("self", "foe")
            for stat in BOOSTS
        ),
        (pl.col("boost_chance") / 100.0).alias("boost_chance"),
        *((pl.col("special_effect") == effect).alias(effect) for effect in SPECIAL_EFFECTS),
    ]


def _effectiveness(forms: pl.DataFrame, affinities: pl.DataFrame) -> pl.Series:
    """Multiply the chart's entries of a form's one or two types, for each attacking type."""
    types = pl.DataFrame({"attacking_type_id": range(1, TYPE_COUNT + 1)}).cast(pl.Int16)
    grid = forms.select("form_id", "type1_id", "type2_id").join(types, how="cross")
    for column in ("type1_id", "type2_id"):
        grid = grid.join(
            affinities.rename({"multiplier": f"{column}_multiplier"}),
            left_on=["attacking_type_id", column],
            right_on=["attacking_type_id", "defending_type_id"],
            how="left",
            maintain_order="left",
        )
    return grid.select(
        pl.col("type1_id_multiplier").cast(pl.Float64)
        * pl.col("type2_id_multiplier").cast(pl.Float64).fill_null(1.0)
    ).to_series()
