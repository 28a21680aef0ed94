"""The plans that the released data was played from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from training import plans
from training.dataset import held_out, read
from training.released import AGAIN_FILE, LABELS_FILE, TRUTH_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from features.dex import Dex

FIRST = 3
"""Matchups of each population that are compared."""

DUEL = ["population", "pokemon_a_id", "pokemon_b_id", "moves_a", "moves_b", "b_known"]


def _first(frame: pl.DataFrame) -> pl.DataFrame:
    matchups = frame.unique("matchup_id", maintain_order=True)
    return matchups.group_by("population", maintain_order=True).head(FIRST).select(DUEL)


def test_the_released_labels_are_of_the_plan(dex: Dex) -> None:
    """A smaller plan begins each population like the released one, so it only ever grows."""
    plan = plans.labelled(dex, 100)
    assert plan["population"].n_unique() == len(plans.LABELLED)
    assert _first(plan).equals(_first(read(LABELS_FILE)))
    assert not plan.select(held_out().any()).item()


@pytest.mark.parametrize("path", [TRUTH_FILE, AGAIN_FILE])
def test_the_released_truth_is_of_the_plan(dex: Dex, path: Path) -> None:
    """Of the judged matchups too, the first are always the same ones."""
    plan = plans.judged(dex, 60)
    assert _first(plan).equals(_first(read(path)))
    assert plan.select(held_out().all()).item()


@pytest.mark.parametrize("path", [TRUTH_FILE, AGAIN_FILE])
def test_the_truth_is_large_enough(path: Path) -> None:
    """A thousand matchups each of closed and open, 200 games an opening."""
    truth = read(path)
    matchups = truth.unique("matchup_id")["population"].value_counts()
    counts = dict(matchups.iter_rows())
    assert min(counts["closed"], counts["open"]) >= 1_000
    assert truth["games"].min() == 200


def test_the_released_labels_cover_forms_and_moves(dex: Dex) -> None:
    """Each move opens in 150 matchups, each form is B in 200, and A in 200 if it has a choice."""
    labels = read(LABELS_FILE)
    openings = labels["opening"].value_counts()
    assert openings.height == dex.moves.height == 223
    assert openings["count"].min() >= 150
    matchups = labels.unique("matchup_id")
    as_a, as_b = (matchups[side].value_counts() for side in ("pokemon_a_id", "pokemon_b_id"))
    damaging = dex.moves.filter(pl.col("category") != "status").select("move_id")
    attacks = (
        dex.learnset.unique(["form_id", "move_id"])
        .join(damaging, on="move_id")["form_id"]
        .value_counts()
    )
    assert set(as_a["pokemon_a_id"]) == set(as_b["pokemon_b_id"]) == set(attacks["form_id"])
    choosing = attacks.filter(pl.col("count") > 1)["form_id"]
    with_choice = as_a.filter(pl.col("pokemon_a_id").is_in(choosing.implode()))
    assert with_choice["count"].min() >= 200
    assert as_a["count"].min() >= 60
    assert as_b["count"].min() >= 200


def test_uncertain_openings_have_more_games() -> None:
    """Openings whose games did not all end alike have more of them."""
    labels = read(LABELS_FILE).with_columns(mixed=pl.col("wins").is_between(1, pl.col("games") - 1))
    games = dict(labels.group_by("mixed").agg(pl.col("games").mean()).iter_rows())
    assert games[True] > 1.4 * games[False]
