"""Playing plans in real Node processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.waiting import wait_for

from battles.errors import PlanError, PlanMismatchError, SimulatorError
from battles.matchups import sample
from battles.node import PROGRAMS
from battles.simulate import SimulationSettings, simulate
from battles.tasks import LABELS, play

if TYPE_CHECKING:
    from features.dex import Dex

SETTINGS = SimulationSettings(games=4, seed=9, workers=2, part_size=5)

LONG_RUN = """
import sys
from pathlib import Path
from battles.matchups import sample
from battles.simulate import SimulationSettings, simulate
from etl.snapshot import load_dex
dex = load_dex()
plan = sample(dex, {"closed": 400}, 4)
simulate(plan, dex, Path(sys.argv[1]), SimulationSettings(games=60, workers=2, part_size=2))
"""

WITHOUT_SIMULATOR = """
import sys
from pathlib import Path
from battles.errors import SimulatorMissingError
from battles.matchups import sample
from battles.simulate import SimulationSettings, simulate
from battles.tasks import play
from etl.snapshot import load_dex
dex = load_dex()
plan = sample(dex, {"closed": 2}, 4)
for way in (
    lambda: play(plan, dex, 1, 0),
    lambda: simulate(plan, dex, Path(sys.argv[1]), SimulationSettings(games=1)),
):
    try:
        way()
    except SimulatorMissingError as error:
        print(error)
"""


@pytest.fixture(scope="module")
def plan(dex: Dex) -> pl.DataFrame:
    """Draw a small plan of all kinds."""
    kinds = ["closed", "open", "few", "many", "unlearnable", "mega", "status", "level_up"]
    return sample(dex, dict.fromkeys(kinds, 3), seed=1)


@pytest.fixture(scope="module")
def labels(dex: Dex, plan: pl.DataFrame) -> pl.DataFrame:
    """Play the plan in one process, without folder or pool."""
    return play(plan, dex, SETTINGS.games, SETTINGS.seed)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_every_opening_has_its_games(plan: pl.DataFrame, labels: pl.DataFrame) -> None:
    """Labels have the contract's columns, a row an opening, and possible counts."""
    assert labels.schema == LABELS
    assert labels["opening"].to_list() == plan["openings"].explode().to_list()
    assert (labels["games"] == SETTINGS.games).all()
    assert labels.select((pl.col("wins") + pl.col("draws") <= pl.col("games")).all()).item()
    assert labels.select(pl.col("wins").is_between(1, SETTINGS.games - 1).any()).item()


@pytest.mark.parametrize("workers", [1, 3])
def test_labels_do_not_depend_on_who_played(
    dex: Dex, plan: pl.DataFrame, labels: pl.DataFrame, tmp_path: Path, workers: int
) -> None:
    """One process or several, in parts or whole: the same labels, and no process is left."""
    settings = SimulationSettings(games=4, seed=9, workers=workers, part_size=5)
    before = _children(os.getpid())
    assert simulate(plan, dex, tmp_path, settings).equals(labels)
    assert _children(os.getpid()) == before


def test_the_order_and_company_of_matchups_make_no_difference(
    dex: Dex, plan: pl.DataFrame, labels: pl.DataFrame
) -> None:
    """A matchup played alone gives what it gave among others."""
    one = plan.slice(7, 1)
    alone = play(one, dex, SETTINGS.games, SETTINGS.seed)
    assert alone.equals(labels.filter(pl.col("matchup_id") == 7))


def test_finished_parts_are_not_played_again(
    dex: Dex, plan: pl.DataFrame, labels: pl.DataFrame, tmp_path: Path
) -> None:
    """Going on plays what is missing and leaves the rest untouched."""
    simulate(plan, dex, tmp_path, SETTINGS)
    (tmp_path / "part-00002.parquet").unlink()
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob("part-*.parquet")}
    assert simulate(plan, dex, tmp_path, SETTINGS).equals(labels)
    assert kept.items() <= {p: p.stat().st_mtime_ns for p in tmp_path.glob("part-*")}.items()


def test_another_seed_needs_another_folder(dex: Dex, plan: pl.DataFrame, tmp_path: Path) -> None:
    """Parts of different simulations never come into one folder."""
    simulate(plan.head(1), dex, tmp_path, SETTINGS)
    with pytest.raises(PlanMismatchError, match="another plan"):
        simulate(plan.head(1), dex, tmp_path, SimulationSettings(games=4, seed=10, part_size=5))


def test_an_empty_plan_is_an_error(dex: Dex, plan: pl.DataFrame, tmp_path: Path) -> None:
    """Nothing to play is said at once."""
    with pytest.raises(PlanError, match="no matchups"):
        simulate(plan.head(0), dex, tmp_path, SETTINGS)


def test_what_the_simulator_refuses_is_named(dex: Dex, plan: pl.DataFrame, tmp_path: Path) -> None:
    """An opening that A does not have ends the simulation with matchup and move named."""
    closed = plan.head(1)
    foreign = dex.moves.filter(~pl.col("move_id").is_in(closed["moves_a"].explode().implode())).row(
        0, named=True
    )
    wrong = closed.with_columns(
        pl.Series("openings", [[foreign["move_id"]]], dtype=pl.List(pl.Int32))
    )
    with pytest.raises(SimulatorError, match=rf"matchup 0: .*{foreign['showdown']}"):
        simulate(wrong, dex, tmp_path, SETTINGS)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_stopping_leaves_no_process_and_no_half_part(tmp_path: Path, number: int) -> None:
    """A stopped or killed simulation takes its Node processes along; its parts can be read."""
    running = subprocess.Popen(  # a script of ours
        [sys.executable, "-c", LONG_RUN, str(tmp_path)], stderr=subprocess.PIPE, text=True
    )
    wait_for(lambda: any(tmp_path.glob("part-*.parquet")))
    workers = _children(running.pid)
    assert len(workers) == 2
    running.send_signal(number)
    _, words = running.communicate(timeout=20)
    if number != signal.SIGKILL:
        assert "SimulationStoppedError: stopped by" in words.splitlines()[-1].replace(
            "battles.errors.", ""
        )
    wait_for(lambda: not any(map(_alive, workers)))
    parts = list(tmp_path.glob("part-*.parquet"))
    assert 0 < len(parts) < 200
    assert all(pl.read_parquet(part).schema == LABELS for part in parts)


def test_a_missing_simulator_names_the_remedy(tmp_path: Path) -> None:
    """Where pokemon-showdown is not installed both ways of playing say what to run."""
    shutil.copytree(PROGRAMS.parent, tmp_path / "battles")
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    said = subprocess.run(  # a script of ours
        [sys.executable, "-c", WITHOUT_SIMULATOR, str(tmp_path / "parts")],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    remedy = "pokemon-showdown is not installed: run `make node`"
    assert said.stdout.splitlines() == [remedy, remedy]
