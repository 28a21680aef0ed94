"""Labels in two stages, whoever plays them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from battles.tasks import LABELS, PLAN
from training.labelling import CLOSE_SEED, FURTHER_SEED, Stages, close, doubtful, label, pooled
from training.plans import labelled

if TYPE_CHECKING:
    from pathlib import Path

    from battles.simulate import SimulationSettings
    from features.dex import Dex

STAGES = Stages(games=4, further=10, seed=7)


class FakeGames:
    """Tosses coins in place of battles: the true win rate of an opening is its move's id / 1000."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int, int]] = []

    def __call__(
        self, plan: pl.DataFrame, dex: Dex, folder: Path, settings: SimulationSettings
    ) -> pl.DataFrame:
        """Toss for every opening of the plan."""
        del dex, folder
        rows = plan.explode("openings").rename({"openings": "opening"})
        self.asked.append((settings.games, settings.seed, rows.height))
        tossed = np.random.default_rng(settings.seed)
        chance = np.clip(rows["opening"].to_numpy() / 1000, 0, 1)
        return rows.with_columns(
            games=pl.lit(settings.games, pl.Int32),
            wins=pl.Series(tossed.binomial(settings.games, chance), dtype=pl.Int32),
            draws=pl.lit(0, pl.Int32),
            seed=pl.lit(1, pl.Int64),
        ).select(LABELS.names())


def _plan(openings: list[int]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (number, "closed", 1, 4, [move], [33], True, [move])
            for number, move in enumerate(openings)
        ],
        schema=PLAN,
        orient="row",
    )


def test_only_openings_in_doubt_get_more_games(dex: Dex, tmp_path: Path) -> None:
    """Sure wins and sure losses keep the first games, others get the further ones, freshly."""
    games = FakeGames()
    labels = label(_plan([0, 1000, *[500] * 200]), dex, tmp_path, STAGES, games)
    assert labels.schema == LABELS
    assert labels["games"].to_list()[:2] == [4, 4]
    assert set(labels["games"]) == {4, 14}
    (first, first_seed, rows), (further, further_seed, in_doubt) = games.asked
    assert (first, further, rows) == (4, 10, 202)
    assert further_seed == first_seed + FURTHER_SEED
    assert in_doubt == labels.filter(pl.col("games") == 14).height


def test_no_second_stage_is_played_where_none_is_wanted(dex: Dex, tmp_path: Path) -> None:
    """Without further games the first labels are the labels."""
    games = FakeGames()
    label(_plan([500] * 5), dex, tmp_path, Stages(games=4, further=0, seed=7), games)
    assert len(games.asked) == 1


@pytest.mark.parametrize("chance", [30, 200, 500, 900])
def test_weighing_by_games_is_not_biased(dex: Dex, tmp_path: Path, chance: int) -> None:
    """All wins over all games give the true rate, whatever the first stage decided."""
    labels = label(_plan([chance] * 40_000), dex, tmp_path, STAGES, FakeGames())
    total = labels["games"].sum()
    rate = labels["wins"].sum() / total
    error = np.sqrt(chance / 1000 * (1 - chance / 1000) / total)
    assert rate == pytest.approx(chance / 1000, abs=4 * error)


def test_draws_alone_are_in_doubt() -> None:
    """An opening that was neither won nor lost every time is played on."""
    rows = [
        (1, "closed", 1, 4, [33], [33], True, 33, 4, wins, draws, 1)
        for wins, draws in ((4, 0), (0, 0), (0, 4), (0, 1), (3, 1), (2, 0))
    ]
    first = pl.DataFrame(rows, schema=LABELS, orient="row").with_columns(
        matchup_id=pl.int_range(pl.len(), dtype=pl.Int64)
    )
    assert doubtful(first)["matchup_id"].to_list() == [2, 3, 4, 5]


def test_close_openings_get_yet_more_games(dex: Dex, tmp_path: Path) -> None:
    """Games are none, some or most more as the first ones were unanimous, uneven or close."""
    games = FakeGames()
    stages = Stages(games=8, further=10, close=20, seed=7)
    labels = label(_plan([0, 1000] * 20 + [100] * 200 + [500] * 200), dex, tmp_path, stages, games)
    assert games.asked == [
        (8, 7, 440),
        (10, 7 + FURTHER_SEED, labels.filter(pl.col("games") > 8).height),
        (20, 7 + CLOSE_SEED, labels.filter(pl.col("games") == 38).height),
    ]
    mean = dict(labels.group_by("opening").agg(pl.col("games").mean()).iter_rows())
    assert mean[0] == mean[1000] == 8
    assert 8 < mean[100] < 20
    assert 32 < mean[500] <= 38
    assert set(labels["games"]) == {8, 18, 38}


def test_a_quarter_and_three_quarters_are_close() -> None:
    """Both ends are included, and a draw is half a win."""
    rows = [
        (number, "closed", 1, 4, [33], [33], True, 33, 8, wins, draws, 1)
        for number, (wins, draws) in enumerate(((1, 1), (2, 0), (6, 0), (6, 1), (0, 8), (0, 4)))
    ]
    first = pl.DataFrame(rows, schema=LABELS, orient="row")
    assert close(first)["matchup_id"].to_list() == [1, 2, 4, 5]


@pytest.mark.parametrize(("games", "chance", "lean"), [(6, 143, 0.041), (32, 30, 0.004)])
def test_a_bare_win_fraction_leans_outwards_as_stated(
    dex: Dex, tmp_path: Path, games: int, chance: int, lean: float
) -> None:
    """Where it is worst, an opening looks worse than it is, unless its games are its weight."""
    stages = Stages(games=games, further=16, seed=7)
    labels = label(_plan([chance] * 40_000), dex, tmp_path, stages, FakeGames())
    bare = (labels["wins"] / labels["games"]).mean()
    assert bare == pytest.approx(chance / 1000 - lean, abs=2e-3)
    rate = labels["wins"].sum() / labels["games"].sum()
    assert rate == pytest.approx(chance / 1000, abs=2e-3)


@pytest.mark.parametrize(("games", "shift"), [(6, 0.14), (32, 0.05)])
def test_a_mixture_leans_to_even_as_stated(
    dex: Dex, tmp_path: Path, games: int, shift: float
) -> None:
    """Sure losses and even chances taken for the same thing come out above their mean of 1/4."""
    stages = Stages(games=games, further=16, seed=7)
    labels = label(_plan([0, 500] * 20_000), dex, tmp_path, stages, FakeGames())
    rate = labels["wins"].sum() / labels["games"].sum()
    assert rate == pytest.approx(0.25 + shift, abs=5e-3)


def test_stages_are_added_up_in_the_order_of_the_plan() -> None:
    """Games, wins and draws sum; openings without a second stage keep the first."""
    row = (1, "closed", 1, 4, [33, 34], [33], True)
    first = pl.DataFrame(
        [(*row, 33, 4, 1, 0, 5), (*row, 34, 4, 4, 0, 5)], schema=LABELS, orient="row"
    )
    second = pl.DataFrame([(*row, 33, 10, 6, 1, 9)], schema=LABELS, orient="row")
    summed = pooled(first, second).select("opening", "games", "wins", "draws", "seed").rows()
    assert summed == [(33, 14, 7, 1, 5), (34, 4, 4, 0, 5)]


def test_the_plan_covers_every_move_and_form(dex: Dex) -> None:
    """Even a tenth of the released plan opens with each of the 223 moves and fields each form."""
    plan = labelled(dex, 8_000)
    assert plan["openings"].explode().n_unique() == dex.moves.height == 223
    assert plan["pokemon_b_id"].n_unique() >= dex.forms.height - 1
    assert plan["pokemon_a_id"].n_unique() >= dex.forms.height - 1
