"""Plans of matchups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from battles.errors import PlanError
from battles.matchups import sample
from battles.populations import POPULATIONS
from battles.roster import Roster
from battles.tasks import PLAN

if TYPE_CHECKING:
    from features.dex import Dex

COUNT = 60


@pytest.fixture(scope="module")
def roster(dex: Dex) -> Roster:
    """Give the roster of the released dex."""
    return Roster.of(dex)


@pytest.fixture(scope="module")
def plan(dex: Dex) -> pl.DataFrame:
    """Draw some of every population."""
    return sample(dex, dict.fromkeys(POPULATIONS, COUNT), seed=3)


def _learnable(roster: Roster) -> dict[int, set[int]]:
    return {fighter.form_id: set(fighter.moves) for fighter in roster.fighters}


def _attacks(moves: list[int], roster: Roster) -> int:
    return sum(move in roster.damaging for move in moves)


def test_every_population_is_there_in_full(plan: pl.DataFrame) -> None:
    """A plan has the columns of the contract, as many matchups as asked for, numbered in order."""
    assert plan.schema == PLAN
    assert plan["matchup_id"].to_list() == list(range(COUNT * len(POPULATIONS)))
    counts = dict(plan.group_by("population").len().iter_rows())
    assert counts == dict.fromkeys(POPULATIONS, COUNT)


def test_both_sides_can_attack_with_moves_named_once(plan: pl.DataFrame, roster: Roster) -> None:
    """Nobody stands there without a damaging move, and no move is in a set twice."""
    for moves in (*plan["moves_a"].to_list(), *plan["moves_b"].to_list()):
        assert _attacks(moves, roster) >= 1
        assert len(set(moves)) == len(moves)


def test_sets_are_legal_except_where_they_are_meant_not_to_be(
    plan: pl.DataFrame, roster: Roster
) -> None:
    """A set comes from the own learnset; each of `unlearnable` has a move that does not."""
    learnable = _learnable(roster)
    for row in plan.iter_rows(named=True):
        legal = set(row["moves_a"]) <= learnable[row["pokemon_a_id"]]
        assert legal == (row["population"] != "unlearnable")
        assert set(row["moves_b"]) <= learnable[row["pokemon_b_id"]]


def test_openings_are_all_moves_of_a(plan: pl.DataFrame) -> None:
    """Every move of A is tried as the opening."""
    assert plan["openings"].equals(plan["moves_a"], check_names=False)


def test_an_unknown_set_is_all_that_b_can_attack_with(plan: pl.DataFrame, roster: Roster) -> None:
    """Where B's moves are not known it has its damaging moves by ascending id."""
    damaging = {fighter.form_id: list(fighter.damaging) for fighter in roster.fighters}
    unknown = plan.filter(~pl.col("b_known"))
    assert set(unknown["population"]) >= {"open", "few", "many", "mega"}
    assert not plan.filter(pl.col("population") == "open")["b_known"].any()
    assert plan.filter(pl.col("population") == "closed")["b_known"].all()
    for row in unknown.iter_rows(named=True):
        assert row["moves_b"] == damaging[row["pokemon_b_id"]]


@pytest.mark.parametrize(
    ("population", "fewest", "most"),
    [
        ("closed", 2, 4),
        ("open", 2, 4),
        ("few", 1, 3),
        ("many", 5, 20),
        ("unlearnable", 4, 8),
        ("status", 2, 4),
    ],
)
def test_a_has_as_many_moves_as_its_population_says(
    plan: pl.DataFrame, population: str, fewest: int, most: int
) -> None:
    """The number of moves to score stays in its range and uses it."""
    sizes = plan.filter(pl.col("population") == population)["moves_a"].list.len()
    assert sizes.is_between(fewest, most).all()
    assert sizes.max() == most


def test_a_of_the_closed_population_has_a_choice(plan: pl.DataFrame, roster: Roster) -> None:
    """A has two damaging moves at least where its set is an ordinary one."""
    ordinary = plan.filter(pl.col("population").is_in(["closed", "open", "mega", "level_up"]))
    assert min(_attacks(moves, roster) for moves in ordinary["moves_a"]) == 2


def test_mega_forms_fight_in_their_own_population_alone(plan: pl.DataFrame, dex: Dex) -> None:
    """Each matchup of `mega` has a mega form, no other has; all three constellations come."""
    megas = dex.forms.filter(pl.col("kind") == "mega")["form_id"]
    sides = plan.with_columns(
        a=pl.col("pokemon_a_id").is_in(megas.implode()),
        b=pl.col("pokemon_b_id").is_in(megas.implode()),
    )
    assert (
        (sides.select((pl.col("population") == "mega") == (pl.col("a") | pl.col("b"))))
        .to_series()
        .all()
    )
    assert sides.filter(pl.col("population") == "mega").select("a", "b").n_unique() == 3


def test_status_moves_open_the_status_population(plan: pl.DataFrame, roster: Roster) -> None:
    """At least two of A's moves do no damage themselves."""
    for moves in plan.filter(pl.col("population") == "status")["moves_a"].to_list():
        assert len(moves) - _attacks(moves, roster) >= 2


def test_level_up_sets_need_no_machine(plan: pl.DataFrame, roster: Roster) -> None:
    """Known sets of `level_up` hold moves learned by level only."""
    by_level = {fighter.form_id: set(fighter.by_level) for fighter in roster.fighters}
    for row in plan.filter(pl.col("population") == "level_up").iter_rows(named=True):
        assert set(row["moves_a"]) <= by_level[row["pokemon_a_id"]]
        assert not row["b_known"] or set(row["moves_b"]) <= by_level[row["pokemon_b_id"]]


def test_sampling_repeats_itself_and_grows(dex: Dex) -> None:
    """The same seed gives the same plan, a larger count only adds, another seed differs."""
    small = sample(dex, {"closed": 20}, seed=5)
    assert small.equals(sample(dex, {"closed": 20}, seed=5))
    assert small.equals(sample(dex, {"closed": 30}, seed=5).head(20))
    assert not small.equals(sample(dex, {"closed": 20}, seed=6))


def test_an_unknown_population_is_named(dex: Dex) -> None:
    """A misspelt population is an error that lists the right ones."""
    with pytest.raises(PlanError, match=r"no population clsoed; there are closed, open"):
        sample(dex, {"clsoed": 1}, seed=0)
