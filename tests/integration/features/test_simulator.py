"""The physics of the features against the simulator's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
import pytest
from tests.integration.features.odd_duels import ODD_DUELS
from tests.oracle import Answer, Attack, Stages, ask

from battles.populations import Draw
from battles.roster import Roster
from battles.simulate import SimulationSettings, simulate
from battles.tasks import PLAN
from features.compute import compute
from features.duel import facts as f
from features.duel import state as s
from features.duel.attack import (
    always_crits,
    choose,
    expected_damage,
    halvings,
    measure_slot,
    rolled,
)
from features.duel.board import Board, fresh_board
from features.duel.luck import Luck
from features.duel.start import prepare_side
from features.stats import hp_at_level_50, stat_at_level_50

if TYPE_CHECKING:
    from pathlib import Path

    from features.dex import Dex
    from features.matchup_frames import MatchupFrames

ATTACKS: Final = 2_000
ROLLS: Final = range(100, 84, -1)
DUELS_A_MOVE: Final = 3
GAMES: Final = 100
KERNEL_GAMES: Final = 2_048


class Situation:
    """A random attack, as the simulator is asked about it and as it stands on a board."""

    def __init__(
        self, dex: Dex, frames: MatchupFrames, moves: pl.DataFrame, draw: np.random.Generator
    ) -> None:
        user, target = (
            dex.forms.row(int(draw.integers(dex.forms.height)), named=True) for _ in "ab"
        )
        move = moves.row(int(draw.integers(moves.height)), named=True)
        stages = [int(draw.integers(-6, 7)) for _ in range(4)]
        burned, screened = bool(draw.integers(2)), bool(draw.integers(2))
        self.asked = Attack(
            attacker=user["showdown"],
            defender=target["showdown"],
            move=move["showdown"],
            attacker_stages=Stages(atk=stages[0], spa=stages[1]),
            defender_stages=Stages(def_=stages[2], spd=stages[3]),
            attacker_status="brn" if burned else "",
            reflect=screened,
            light_screen=screened,
        )
        self.board = _board(frames, user["form_id"], target["form_id"], [move["move_id"]])
        own, foe = self.board.state
        own[s.STAGES] = stages[0]
        own[s.STAGES + 2] = stages[1]
        foe[s.STAGES + 1] = stages[2]
        foe[s.STAGES + 3] = stages[3]
        own[s.AILMENT] = f.BURN if burned else 0
        foe[s.REFLECT_LEFT] = foe[s.LIGHT_SCREEN_LEFT] = int(screened)
        measure_slot(self.board, s.A, 0)

    @property
    def damage(self) -> list[int]:
        """One hit at each of the sixteen rolls, as games take it."""
        slot = self.board.slots[s.A, 0]
        if slot[s.S_QUARTERS] == 0:
            return [0] * len(ROLLS)
        crit = always_crits(self.board, s.A, slot[s.S_MOVE])
        halves = halvings(self.board, s.A, slot[s.S_MOVE], crit)
        base = slot[s.S_CRIT_BASE] if crit else slot[s.S_BASE]
        return [
            rolled(base, roll, crit, slot[s.S_STAB] > 0, slot[s.S_QUARTERS], halves)
            for roll in ROLLS
        ]


def _board(frames: MatchupFrames, a: int, b: int, moves: list[int]) -> Board:
    """Put A with its moves and B without any on a board."""
    board = fresh_board(frames.facts, frames.luck)
    prepare_side(board, s.A, frames.facts.forms, frames.form_index[a])
    prepare_side(board, s.B, frames.facts.forms, frames.form_index[b])
    board.state[s.A, s.SLOTS_USED] = len(moves)
    for slot, move in enumerate(moves):
        board.slots[s.A, slot, s.S_MOVE] = frames.move_index[move]
        board.slots[s.A, slot, s.S_PP] = 8
    return board


def test_damage_is_the_simulators_to_the_point(dex: Dex, frames: MatchupFrames) -> None:
    """For 2,000 random attacks with stages, burns and screens all sixteen rolls agree exactly."""
    # The simulator takes screens down before Brick Break's damage, which the oracle does not play.
    formula = dex.moves.filter(
        pl.col("damage_rule").is_in(["standard", "weight"]), pl.col("showdown") != "brickbreak"
    )
    draw = np.random.default_rng(1)
    situations = [Situation(dex, frames, formula, draw) for _ in range(ATTACKS)]
    answers = ask(situation.asked for situation in situations)
    wrong = [
        (situation.asked, situation.damage, answer.damage)
        for situation, answer in zip(situations, answers, strict=True)
        if situation.damage != answer.damage
    ]
    assert not wrong, wrong[:3]


def test_expected_damage_is_the_policys(dex: Dex, frames: MatchupFrames) -> None:
    """For 2,000 random attacks with every damaging move it is the number the policy plays by."""
    damaging = dex.moves.filter(pl.col("category") != "status")
    draw = np.random.default_rng(2)
    situations = [Situation(dex, frames, damaging, draw) for _ in range(ATTACKS)]
    ours = [expected_damage(situation.board, s.A, 0) for situation in situations]
    theirs = [answer.expected for answer in ask(situation.asked for situation in situations)]
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)


def test_the_chosen_move_is_the_policys(dex: Dex, frames: MatchupFrames) -> None:
    """For 500 random sets of four moves both choose the same one at the start of a battle."""
    draw = np.random.default_rng(3)
    forms, moves = dex.forms.sort("form_id"), dex.moves.sort("move_id")
    asked, ours = [], []
    for _ in range(500):
        user, target = (forms.row(int(draw.integers(forms.height)), named=True) for _ in "ab")
        drawn = sorted(int(index) for index in draw.choice(moves.height, 4, replace=False))
        names = tuple(moves["showdown"][drawn])
        asked.append(
            Attack(
                attacker=user["showdown"], defender=target["showdown"], move=names[0], moves=names
            )
        )
        board = _board(frames, user["form_id"], target["form_id"], list(moves["move_id"][drawn]))
        choose(board, s.A)
        ours.append(names[board.state[s.A, s.CHOICE]])
    assert ours == [answer.chosen for answer in ask(asked)]


def _every_move_opens(dex: Dex) -> pl.DataFrame:
    """Plan duels in which every move opens, whoever uses it, against a random set."""
    roster = Roster.of(dex)
    draw = Draw(roster, np.random.default_rng(4))
    rows: list[tuple[Any, ...]] = []
    for move in dex.moves["move_id"]:
        for number in range(DUELS_A_MOVE):
            a = draw.fighter(lambda form: len(form.damaging) > 1)
            b = draw.fighter(lambda form: len(form.damaging) > 0)
            own = sorted({move, *draw.moveset(a.moves, 3, 1)})
            # Once against all that B can learn, of which the kernel keeps a part.
            known = number > 0
            foes = sorted(draw.moveset(b.moves, 4, 1) if known else b.damaging)
            rows.append((len(rows), "all", a.form_id, b.form_id, own, foes, known, [move]))
    return pl.DataFrame(rows, schema=PLAN, orient="row")


def _odd_duels(dex: Dex, frames: MatchupFrames) -> pl.DataFrame:
    forms = dict(dex.forms.select("showdown", "form_id").iter_rows())
    moves = dict(dex.moves.select("showdown", "move_id").iter_rows())
    rows: list[tuple[Any, ...]] = []
    for a, own, b, foes in ODD_DUELS:
        moves_a = sorted(moves[move] for move in own.split())
        learnt = frames.attacks_learnt[frames.form_index[forms[b]]]
        moves_b = sorted(moves[move] for move in foes.split()) or list(learnt)
        rows.append((len(rows), "odd", forms[a], forms[b], moves_a, moves_b, bool(foes), moves_a))
    return pl.DataFrame(rows, schema=PLAN, orient="row")


@pytest.mark.parametrize("kind", ["every move", "odd duels"])
def test_games_go_as_the_simulators_do(
    dex: Dex, frames: MatchupFrames, tmp_path: Path, kind: str
) -> None:
    """Every move as an opening, and rare rules, win as often as in the simulator, within chance."""
    plan = _every_move_opens(dex) if kind == "every move" else _odd_duels(dex, frames)
    games = GAMES if kind == "every move" else 3 * GAMES
    played = simulate(plan, dex, tmp_path, SimulationSettings(games=games, seed=5))
    many = Luck.of(KERNEL_GAMES, KERNEL_GAMES)
    frames = type(frames)(
        **{name: getattr(frames, name) for name in frames.__slots__ if name != "luck"}, luck=many
    )
    rows = compute(frames, plan).with_columns(
        opening=plan["moves_a"].explode(),
        matchup_id=plan["matchup_id"].repeat_by(plan["moves_a"].list.len()).explode(),
    )
    both = played.join(rows, on=["matchup_id", "opening"], maintain_order="left")
    assert both.height == plan["openings"].list.len().sum()
    ours = both["games_win_rate"].cast(pl.Float64).to_numpy()
    theirs = both.select((pl.col("wins") + 0.5 * pl.col("draws")) / pl.col("games"))[:, 0]
    # Of games that always end alike a few may not, on either side.
    chance = np.clip(ours, 0.5 / games, 1 - 0.5 / games)
    off = (theirs.to_numpy() - ours) / np.sqrt(chance * (1 - chance) / games)
    worst = played.with_columns(off=off, ours=ours).sort(pl.col("off").abs(), descending=True)
    assert np.mean(off**2) < 1.3, worst.head(10)
    assert np.abs(off).max() < 4.5, worst.head(10)


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
