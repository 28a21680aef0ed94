"""The physics of the features against the simulator's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from battles.oracle import Attack, Stages, ask
from features.attacks import NEUTRAL, choose, gather, measure
from features.damage import rolled_damage
from features.stats import hp_at_level_50, stat_at_level_50

if TYPE_CHECKING:
    from battles.oracle import Answer
    from features.dex import Dex
    from features.matchup_frames import MatchupFrames

ATTACKS = 2_000
ROLLS = [percent / 100 for percent in range(100, 84, -1)]


@dataclass(frozen=True)
class Situations:
    """The same random attacks for both sides."""

    attacks: list[Attack]
    frame: pl.DataFrame


def _situations(dex: Dex, frames: MatchupFrames, moves: pl.DataFrame, seed: int) -> Situations:
    draw = np.random.default_rng(seed)
    asked, rows = [], []
    for _ in range(ATTACKS):
        user, target = (
            dex.forms.row(int(draw.integers(dex.forms.height)), named=True) for _ in "ab"
        )
        move = moves.row(int(draw.integers(moves.height)), named=True)
        stages = [int(draw.integers(-6, 7)) for _ in range(4)]
        burned, screened = bool(draw.integers(2)), bool(draw.integers(2))
        asked.append(
            Attack(
                attacker=user["showdown"],
                defender=target["showdown"],
                move=move["showdown"],
                attacker_stages=Stages(atk=stages[0], spa=stages[1]),
                defender_stages=Stages(def_=stages[2], spd=stages[3]),
                attacker_status="brn" if burned else "",
                reflect=screened,
                light_screen=screened,
            )
        )
        # Foul Play strikes with the target's attack and the target's own stage.
        own_attack = 0 if move["uses_target_attack"] else stages[0]
        rows.append(
            {
                "a": frames.form_index[user["form_id"]],
                "b": frames.form_index[target["form_id"]],
                "move": frames.move_index[move["move_id"]],
                **NEUTRAL,
                "u_attack_stage": float(own_attack),
                "u_special_attack_stage": float(stages[1]),
                "t_defense_stage": float(stages[2]),
                "t_special_defense_stage": float(stages[3]),
                "u_burned": burned,
                "t_screened": screened,
            }
        )
    return Situations(asked, measure(gather(frames, pl.DataFrame(rows), user="a", target="b")))


def test_damage_is_the_simulators_to_the_point(dex: Dex, frames: MatchupFrames) -> None:
    """For 2,000 random attacks with stages, burns and screens all sixteen rolls agree exactly."""
    # The simulator takes screens down before Brick Break's damage, which the oracle does not play.
    formula = dex.moves.filter(
        pl.col("damage_rule").is_in(["standard", "weight"]), pl.col("showdown") != "brickbreak"
    )
    situations = _situations(dex, frames, formula, seed=1)
    ours = situations.frame.select(
        rolled_damage(roll, crit=pl.col("always_crits")).alias(str(roll)) for roll in ROLLS
    )
    theirs = [answer.damage for answer in ask(situations.attacks)]
    wrong = [
        (attack, row, damage)
        for attack, row, damage in zip(situations.attacks, ours.rows(), theirs, strict=True)
        if list(row) != damage
    ]
    assert not wrong, wrong[:3]


def test_expected_damage_is_the_policys(dex: Dex, frames: MatchupFrames) -> None:
    """For 2,000 random attacks with every damaging move it is the number the policy plays by."""
    damaging = dex.moves.filter(pl.col("category") != "status")
    situations = _situations(dex, frames, damaging, seed=2)
    ours = situations.frame["expected"].to_list()
    theirs = [answer.expected for answer in ask(situations.attacks)]
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)


def test_the_chosen_move_is_the_policys(dex: Dex, frames: MatchupFrames) -> None:
    """For 500 random sets of four moves both choose the same one at the start of a battle."""
    draw = np.random.default_rng(3)
    asked, rows = [], []
    for duel in range(500):
        user, target = (
            dex.forms.row(int(draw.integers(dex.forms.height)), named=True) for _ in "ab"
        )
        drawn = sorted(int(index) for index in draw.choice(dex.moves.height, 4, replace=False))
        names = tuple(dex.moves["showdown"][drawn])
        asked.append(
            Attack(
                attacker=user["showdown"], defender=target["showdown"], move=names[0], moves=names
            )
        )
        rows += [
            {
                "duel": duel,
                "a": frames.form_index[user["form_id"]],
                "b": frames.form_index[target["form_id"]],
                "move": frames.move_index[dex.moves["move_id"][index]],
                **NEUTRAL,
            }
            for index in drawn
        ]
    chosen = choose(measure(gather(frames, pl.DataFrame(rows), user="a", target="b")), "duel")
    ours = dex.moves.sort("move_id")["showdown"][chosen["move"]].to_list()
    assert ours == [answer.chosen for answer in ask(asked)]


def test_battle_stats_are_the_simulators(dex: Dex) -> None:
    """HP and the five other stats of all 188 forms at level 50 agree."""
    ours = dex.forms.select(
        hp_at_level_50("hp"),
        *(
            stat_at_level_50(stat)
            for stat in ("attack", "defense", "special_attack", "special_defense", "speed")
        ),
    ).rows()
    answers = ask(
        Attack(attacker=form, defender="pikachu", move="tackle") for form in dex.forms["showdown"]
    )
    assert ours == [_stats(answer) for answer in answers]


def _stats(answer: Answer) -> tuple[int, ...]:
    stats = answer.attacker_stats
    return (stats.hp, stats.atk, stats.def_, stats.spa, stats.spd, stats.spe)
