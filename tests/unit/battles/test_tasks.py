"""Tasks for the simulator, and rows from what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import polars as pl
import pytest

from battles.errors import PlanError, SimulatorError
from battles.tasks import LABELS, PLAN, Outcome, Tally, decode, encode, matchup_seed, rows, tasks

if TYPE_CHECKING:
    from features.dex import Dex

PIKACHU, MEOWTH = 25, 52
THUNDERBOLT, SLAM, SCRATCH = 85, 21, 10


def _plan(**changes: object) -> pl.DataFrame:
    row = {
        "matchup_id": 7,
        "population": "closed",
        "pokemon_a_id": PIKACHU,
        "pokemon_b_id": MEOWTH,
        "moves_a": [THUNDERBOLT, SLAM],
        "moves_b": [SCRATCH],
        "b_known": True,
        "openings": [SLAM, THUNDERBOLT],
    }
    return pl.DataFrame([row | changes], schema=PLAN)


def test_a_task_speaks_the_simulators_names(dex: Dex) -> None:
    """Ids become names, and the line to the worker holds all of the task."""
    (task,) = tasks(_plan(), dex, games=16, seed=1)
    assert (task.a, task.b) == ("pikachu", "meowth")
    assert task.moves_a == ["thunderbolt", "slam"]
    assert task.openings == ["slam", "thunderbolt"]
    line = encode(task)
    assert line.endswith(b"\n")
    assert msgspec.json.decode(line) == msgspec.to_builtins(task)


def test_what_the_dex_does_not_know_is_named(dex: Dex) -> None:
    """A plan with an unknown id fails before anything is played, naming matchup and id."""
    with pytest.raises(PlanError, match="matchup 7: the dex has no id 9999"):
        tasks(_plan(moves_b=[9999]), dex, games=1, seed=0)


def test_other_columns_are_no_plan(dex: Dex) -> None:
    """A frame that is not a plan is refused."""
    with pytest.raises(PlanError, match="a plan has the columns"):
        tasks(_plan().drop("openings"), dex, games=1, seed=0)


def test_seeds_differ_and_survive_javascript() -> None:
    """Each matchup has a seed of its own that a double holds exactly."""
    seeds = {matchup_seed(seed, matchup) for seed in range(20) for matchup in range(500)}
    assert len(seeds) == 10_000
    assert all(0 <= seed < 2**53 for seed in seeds)


def test_rows_follow_the_openings(dex: Dex) -> None:
    """Each opening is a row with its own tally, in the plan's order, whatever order came back."""
    plan = pl.concat([_plan(), _plan(matchup_id=8, openings=[THUNDERBOLT])])
    given = tasks(plan, dex, games=16, seed=1)
    outcomes = [
        Outcome(id=8, openings={"thunderbolt": Tally(1, 2, 16, 3.0)}),
        Outcome(id=7, openings={"thunderbolt": Tally(9, 0, 16, 2.0), "slam": Tally(4, 1, 16, 5.5)}),
    ]
    labels = rows(plan, given, outcomes)
    assert labels.schema == LABELS
    assert labels.select("matchup_id", "opening", "wins", "draws", "games").rows() == [
        (7, SLAM, 4, 1, 16),
        (7, THUNDERBOLT, 9, 0, 16),
        (8, THUNDERBOLT, 1, 2, 16),
    ]
    assert labels["seed"].to_list() == [given[0].seed, given[0].seed, given[1].seed]


def test_a_refused_matchup_is_an_error() -> None:
    """What the worker could not play carries the matchup and the reason."""
    with pytest.raises(SimulatorError, match="matchup 3: unknown move foo"):
        decode(b'{"id":3,"error":"unknown move foo"}')
