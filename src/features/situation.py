"""The situation frame: one row an opening, with all that the 133 features are read from.

Column prefixes: ``o_`` the opening move A considers, ``n_`` the move A would open with by the
policy, ``r_`` A's policy move of later turns, ``f_`` B's first move, ``l_`` B's move of later
turns, ``ra_``/``la_`` the last two once the opening's effect has landed, ``race_`` the outcomes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import polars as pl

from features.aftermath import aftermath, landing
from features.attacks import NEUTRAL, choose, gather, measure
from features.matchup_frames import AILMENTS, ATTACK_AILMENTS
from features.outcomes import with_order, with_races

if TYPE_CHECKING:
    from features.matchup_frames import MatchupFrames

_LANDINGS: Final = {ailment: f"lands_{ailment}" for ailment in AILMENTS}

_REPLY_COLUMNS: Final = (
    "move",
    "category",
    "priority",
    "accuracy",
    "expected",
    "least",
    "most",
    "hit_mean",
    "hit_variance",
    "hit_chance",
    "uses_per_turn",
    "drain",
    "recoil",
    "self_destructs",
    "effectiveness",
)


def describe(frames: MatchupFrames, duels: pl.DataFrame) -> pl.DataFrame:
    """Lay out every opening of every duel.

    Args:
        frames: the prepared dex.
        duels: one row a duel: ``pokemon_a_id``, ``pokemon_b_id`` (ids in the dex), ``moves_a``
            (list of move ids) and ``moves_b`` (the same, or null when B's moves are unknown: then
            all damaging moves that B can learn).

    Returns:
        One row for each move of each duel's ``moves_a``, in that order.

    Raises:
        UnknownIdError: the dex lacks a form or a move.

    """
    keys = _keys(frames, duels)
    a_attacks = _attacks(frames, keys, user="a", target="b")
    b_attacks = _attacks(frames, keys, user="b", target="a")
    a_measured = measure(a_attacks.with_columns(_neutral()))
    b_measured = measure(b_attacks.with_columns(_neutral()))
    openings = (
        a_measured.with_columns(_landings()).with_columns(_aftermath()).with_row_index("opening")
    )
    duel = openings["duel"]
    situation = pl.concat(
        [
            openings.rename(lambda column: f"o_{column}"),
            keys.select("a_count", "b_count", "b_known")[duel],
            _reply(choose(a_measured, "duel"), "n")[duel],
            _reply(choose(_later(a_measured), "duel"), "r")[duel],
            _foe_opening(choose(b_measured, "duel"))[duel],
            _reply(choose(_later(b_measured), "duel"), "l")[duel],
        ],
        how="horizontal",
    )
    situation = _with_aftermath(situation, openings, a_attacks, b_attacks)
    return with_races(with_order(situation))


class UnknownIdError(ValueError):
    """A duel names a form or a move that the dex does not have."""


def _known(indices: pl.Series, what: str) -> pl.Series:
    """Let nothing unknown become a row of nulls."""
    if indices.null_count():
        raise UnknownIdError(f"{indices.null_count()} of the {what} are not in the dex")
    return indices


def _keys(frames: MatchupFrames, duels: pl.DataFrame) -> pl.DataFrame:
    a_index = _known(frames.form_index[duels["pokemon_a_id"]], "forms")
    b_index = _known(frames.form_index[duels["pokemon_b_id"]], "forms")
    return duels.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("duel"),
        a_index.alias("a"),
        b_index.alias("b"),
        "moves_a",
        pl.col("moves_b").is_not_null().alias("b_known"),
        pl.coalesce("moves_b", frames.attacks_learnt[b_index]).alias("moves_b"),
    ).with_columns(
        a_count=pl.col("moves_a").list.len(),
        b_count=pl.col("moves_b").list.len(),
    )


def _attacks(frames: MatchupFrames, keys: pl.DataFrame, *, user: str, target: str) -> pl.DataFrame:
    attacks = keys.select("duel", user, target, pl.col(f"moves_{user}").alias("move")).explode(
        "move"
    )
    moves = _known(frames.move_index[attacks["move"]], "moves")
    attacks = attacks.with_columns(moves.alias("move"))
    return gather(frames, attacks, user=user, target=target).drop(user, target)


@cache
def _neutral() -> list[pl.Expr]:
    return [pl.lit(value).alias(column) for column, value in NEUTRAL.items()]


@cache
def _landings() -> list[pl.Expr]:
    return [landing(ailment).alias(column) for ailment, column in _LANDINGS.items()]


@cache
def _aftermath() -> list[pl.Expr]:
    return aftermath(_LANDINGS)


def _later(measured: pl.DataFrame) -> pl.DataFrame:
    """Measure the attacks of later turns: what works on the first only does nothing any more."""
    return measured.with_columns(_spent())


@cache
def _spent() -> list[pl.Expr]:
    return [
        pl.when("first_turn_only").then(0.0).otherwise(column).alias(column)
        for column in ("expected", "hit_mean", "hit_variance")
    ]


def _reply(chosen: pl.DataFrame, prefix: str) -> pl.DataFrame:
    return chosen.select(_reply_columns(prefix))


@cache
def _reply_columns(prefix: str) -> list[pl.Expr]:
    return [pl.col(column).alias(f"{prefix}_{column}") for column in _REPLY_COLUMNS]


def _foe_opening(chosen: pl.DataFrame) -> pl.DataFrame:
    """B's first move, with the chances of what else it does to A."""
    return chosen.select(_foe_opening_columns())


@cache
def _foe_opening_columns() -> list[pl.Expr]:
    return [
        *_reply_columns("f"),
        pl.col("type_id").alias("f_type_id"),
        *(landing(ailment).alias(f"f_lands_{ailment}") for ailment in ATTACK_AILMENTS),
    ]


def _with_aftermath(
    situation: pl.DataFrame,
    openings: pl.DataFrame,
    a_attacks: pl.DataFrame,
    b_attacks: pl.DataFrame,
) -> pl.DataFrame:
    """Add both sides' replies once the effect landed; without an effect they are the plain ones."""
    effects = openings.filter(pl.col("effect_chance") > 0)
    own = effects.select(
        "duel",
        "opening",
        u_attack_stage="self_attack",
        u_special_attack_stage="self_special_attack",
        t_defense_stage="foe_defense",
        t_special_defense_stage="foe_special_defense",
        accuracy_stage="self_accuracy",
        u_burned=pl.lit(value=False),
        t_screened=pl.lit(value=False),
        t_asleep="after_asleep",
        first_turn=pl.lit(value=False),
    )
    foes = effects.select(
        "duel",
        "opening",
        "reflect",
        "light_screen",
        u_attack_stage="foe_attack",
        u_special_attack_stage="foe_special_attack",
        t_defense_stage="self_defense",
        t_special_defense_stage="self_special_defense",
        accuracy_stage=pl.col("foe_accuracy") - pl.col("self_evasion"),
        u_burned="after_burned",
        t_asleep=pl.lit(value=False),
        first_turn=pl.lit(value=False),
    )
    own_attacks = own.join(a_attacks, on="duel", maintain_order="left_right")
    foe_attacks = foes.join(
        b_attacks.drop("reflect", "light_screen"), on="duel", maintain_order="left_right"
    ).with_columns(
        t_screened=pl.when(pl.col("category") == 1).then("reflect").otherwise("light_screen")
    )
    at = effects["opening"]
    replies = pl.concat(
        [
            at.to_frame(),
            _reply(choose(measure(own_attacks), "opening"), "ra"),
            _reply(choose(measure(foe_attacks), "opening"), "la"),
        ],
        how="horizontal",
    )
    joined = situation.join(
        replies, left_on="o_opening", right_on="opening", how="left", maintain_order="left"
    )
    return joined.with_columns(_where_landed())


@cache
def _where_landed() -> list[pl.Expr]:
    return [
        pl.coalesce(f"{after}_{column}", f"{plain}_{column}").alias(f"{after}_{column}")
        for after, plain in (("ra", "r"), ("la", "l"))
        for column in _REPLY_COLUMNS
    ]
