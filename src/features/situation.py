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
from features.damage import stage_multiplier
from features.matchup_frames import AILMENTS, ATTACK_AILMENTS
from features.race import win_probability

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
    return _with_races(_with_order(situation))


def _keys(frames: MatchupFrames, duels: pl.DataFrame) -> pl.DataFrame:
    b_index = frames.form_index[duels["pokemon_b_id"]]
    return duels.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("duel"),
        frames.form_index[duels["pokemon_a_id"]].alias("a"),
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
    attacks = attacks.with_columns(frames.move_index[attacks["move"]].alias("move"))
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


def _acts_first(own: str, foe: str, own_speed: pl.Expr, foe_speed: pl.Expr) -> pl.Expr:
    """Probability that a move with priority ``own`` comes before one with priority ``foe``."""
    by_speed = (
        pl.when(own_speed > foe_speed)
        .then(1.0)
        .when(own_speed < foe_speed)
        .then(0.0)
        .otherwise(0.5)
    )
    return (
        pl.when(pl.col(own) > pl.col(foe))
        .then(1.0)
        .when(pl.col(own) < pl.col(foe))
        .then(0.0)
        .otherwise(by_speed)
    )


def _with_order(situation: pl.DataFrame) -> pl.DataFrame:
    return situation.with_columns(_order())


@cache
def _order() -> list[pl.Expr]:
    own, foe = pl.col("o_u_speed"), pl.col("o_t_speed")
    own_after = own * stage_multiplier(pl.col("o_self_speed"))
    foe_after = foe * stage_multiplier(pl.col("o_foe_speed")) * pl.col("o_after_foe_speed_factor")
    return [
        _acts_first("o_priority", "f_priority", own, foe).alias("first"),
        _acts_first("r_priority", "l_priority", own, foe).alias("first_later"),
        _acts_first("ra_priority", "la_priority", own_after, foe_after).alias("first_after"),
    ]


def _with_races(situation: pl.DataFrame) -> pl.DataFrame:
    """Run the race with and without the opening's effect, and by the policy's own opening."""
    plain = situation.select(_race(effect=False))
    effect = situation.select(_race(effect=True))
    outcomes = win_probability(pl.concat([plain, effect]))
    alive = pl.when(pl.col("o_self_destructs")).then(0.0).otherwise(1.0)
    chance = pl.col("o_effect_chance")
    return situation.with_columns(
        race_plain=outcomes.head(situation.height) * alive,
        race_effect=outcomes.tail(situation.height) * alive,
    ).with_columns(
        race=(1 - chance) * pl.col("race_plain") + chance * pl.col("race_effect"),
    )


@cache
def _race(*, effect: bool) -> list[pl.Expr]:
    reply, foe_later = ("ra", "la") if effect else ("r", "l")
    first = pl.col("first")
    delay = pl.col("o_charges").cast(pl.Float64)
    lost = pl.col("o_vanishes").cast(pl.Float64)
    foe_opening = ("f_hit_chance", "f_hit_mean", "f_hit_variance", "f_uses_per_turn")
    foe_first_mean, foe_first_variance = _per_turn(*foe_opening)
    foe_mean, foe_variance = _reply_per_turn(foe_later)
    own_mean, own_variance = _reply_per_turn(reply)
    open_mean, open_variance = _per_turn("o_hit_chance", "o_hit_mean", "o_hit_variance", None)
    residual, acts, leech = pl.lit(0.0), pl.lit(1.0), pl.lit(0.0)
    if effect:
        # A foe that acts after A feels the effect in its first action already.
        foe_first_mean = pl.when(first > 0).then(foe_mean).otherwise(foe_first_mean)
        foe_first_variance = pl.when(first > 0).then(foe_variance).otherwise(foe_first_variance)
        residual = pl.col("o_after_residual") * pl.col("o_t_hp")
        leech = pl.col("o_after_leech") * pl.col("o_t_hp")
        acts = pl.col("o_after_foe_acts")
        lost = lost + pl.col("o_after_foe_lost_turns") + pl.col("o_after_flinched") * first
    drained = pl.col(f"{reply}_drain") - pl.col(f"{reply}_recoil")
    return [
        pl.col("o_u_hp").alias("a_hp"),
        pl.col("o_t_hp").alias("b_hp"),
        open_mean.alias("a_open_mean"),
        open_variance.alias("a_open_variance"),
        delay.alias("a_open_delay"),
        (1 + delay + pl.col("o_recharges")).alias("a_open_span"),
        own_mean.alias("a_mean"),
        own_variance.alias("a_variance"),
        (own_mean * drained + leech).alias("a_gain"),
        foe_first_mean.alias("b_first_mean"),
        foe_first_variance.alias("b_first_variance"),
        foe_mean.alias("b_mean"),
        foe_variance.alias("b_variance"),
        acts.alias("b_acts"),
        lost.alias("b_lost"),
        residual.alias("b_residual"),
        first.alias("a_first"),
        pl.col("first_after" if effect else "first_later").alias("a_first_later"),
    ]


def _reply_per_turn(prefix: str) -> tuple[pl.Expr, pl.Expr]:
    columns = ("hit_chance", "hit_mean", "hit_variance", "uses_per_turn")
    chance, mean, variance, uses = (f"{prefix}_{column}" for column in columns)
    return _per_turn(chance, mean, variance, uses)


def _per_turn(chance: str, mean: str, variance: str, uses: str | None) -> tuple[pl.Expr, pl.Expr]:
    """Mean and variance of the damage of a turn, misses included."""
    p, hit, spread = pl.col(chance), pl.col(mean), pl.col(variance)
    rate = pl.lit(1.0) if uses is None else pl.col(uses)
    return p * hit * rate, (p * spread + p * (1 - p) * hit.pow(2)) * rate
