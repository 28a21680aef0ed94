"""The released champion does not contradict itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pytest

from features.compute import compute
from inference.scoring import Duel, score
from training import dataset, released
from training.evaluation import clustered_mean, excess_brier
from training.feature_roles import EXPECTED_DAMAGE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.dex import Dex
    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor

MEAN_APART: Final = 0.04
"""Bound of the mean |P(A wins) - (1 - P(B wins))|."""


@dataclass(frozen=True, slots=True)
class _View:
    """What the champion says of policy openings, one a duel, asked from one side."""

    probability: NDArray[np.float64]
    position: NDArray[np.int64]
    """Of the opening among the asking side's moves."""
    does_damage: NDArray[np.bool_]
    """Whether it does any and spares its user: the features do not tell how the policy chooses
    among moves that do not."""


def _view(champion: Predictor, frames: MatchupFrames, dex: Dex, duels: pl.DataFrame) -> _View:
    features = compute(frames, duels)
    last_resort = dex.moves.filter("self_destructs")["move_id"]
    rows = duels.select(pl.int_range(pl.len()).alias("duel"), move="moves_a").explode("move")
    rows = rows.with_columns(
        probability=pl.Series(champion.predict(features.to_numpy())),
        expected=pl.when(pl.col("move").is_in(last_resort.implode()))
        .then(0.0)
        .otherwise(features[EXPECTED_DAMAGE]),
    )
    chosen = rows.group_by("duel", maintain_order=True).agg(
        pl.col("probability").get(pl.col("expected").arg_max()),
        pl.col("expected").arg_max().cast(pl.Int64).alias("position"),
        (pl.col("expected").max() > 0).alias("does_damage"),
    )
    return _View(
        *(chosen[column].to_numpy() for column in ("probability", "position", "does_damage"))
    )


@pytest.fixture(scope="session")
def fought() -> pl.DataFrame:
    """Give the closed openings of the truth, the games of both simulations pooled."""
    truth, again = (
        dataset.read(path).filter(pl.col("population") == "closed")
        for path in (released.TRUTH_FILE, released.AGAIN_FILE)
    )
    return truth.with_columns(
        games=truth["games"] + again["games"],
        won=truth["wins"] + again["wins"] + 0.5 * (truth["draws"] + again["draws"]),
        apart=(truth["wins"] + 0.5 * truth["draws"]) / truth["games"]
        - (again["wins"] + 0.5 * again["draws"]) / again["games"],
    )


def test_both_sides_tell_the_same_story(
    dex: Dex, frames: MatchupFrames, champion: Predictor, fought: pl.DataFrame
) -> None:
    """Asked from B's side, the chance of A's policy opening is what is left, within the noise.

    When both sides follow the policy from the first turn, P(A wins) and 1 - P(B wins) estimate one
    number. Two estimates, each as far from the truth as the model is, lie at most the sum of both
    distances apart; that bound comes from the truth, so it tightens as the model gets better.
    """
    duels = fought.group_by("matchup_id", maintain_order=True).agg(
        pl.first("pokemon_a_id", "pokemon_b_id"), pl.first("moves_a", "moves_b").list.sort()
    )
    swapped = {"pokemon_a_id": "pokemon_b_id", "moves_a": "moves_b"}
    mirrored = duels.rename(swapped | {new: old for old, new in swapped.items()})
    own, foe = _view(champion, frames, dex, duels), _view(champion, frames, dex, mirrored)
    opening = duels.with_columns(
        opening=pl.col("moves_a").list.get(pl.Series(own.position)),
        own=pl.Series(own.probability),
        seen_from_b=pl.Series(1 - foe.probability),
    ).filter(pl.Series(own.does_damage & foe.does_damage))
    rows = opening.join(
        fought.select("matchup_id", "opening", "won", "games", "apart"),
        on=["matchup_id", "opening"],
        validate="1:1",
    )
    assert rows.height == opening.height > 500
    games = rows["games"].to_numpy()
    win_rate = rows["won"].to_numpy() / games
    views = {name: rows[name].to_numpy() for name in ("own", "seen_from_b")}
    views["mean"] = (views["own"] + views["seen_from_b"]) / 2
    excess = {name: excess_brier(view, win_rate, games) for name, view in views.items()}
    rms = {name: float(np.sqrt(values.mean())) for name, values in excess.items()}
    apart = views["own"] - views["seen_from_b"]
    print(  # noqa: T201  # the measured numbers are what a reader of the run wants
        f"{rows.height} closed duels: |P(A) - (1 - P(B))| mean {np.abs(apart).mean():.4f},"
        f" median {np.median(np.abs(apart)):.4f}, root mean square"
        f" {np.sqrt((apart**2).mean()):.4f}; two simulations of 200 games: mean"
        f" {rows['apart'].abs().mean():.4f}; error of each view {rms}"
    )
    assert np.sqrt((apart**2).mean()) <= rms["own"] + rms["seen_from_b"]
    assert np.abs(apart).mean() <= MEAN_APART
    # Neither side is systematically the better one to ask, beyond what chance explains.
    bias, standard_error = clustered_mean(apart, np.arange(rows.height))
    assert abs(bias) <= 4 * standard_error


def _duels(frame: pl.DataFrame) -> list[Duel]:
    return [
        Duel(a, b, tuple(moves_a), None if moves_b is None else tuple(moves_b))
        for a, b, moves_a, moves_b in frame.iter_rows()
    ]


def test_a_duel_is_scored_alike_alone_and_among_others(
    frames: MatchupFrames, champion: Predictor, duels: pl.DataFrame
) -> None:
    """To the last bit: what else is in a batch changes no feature and no probability."""
    asked = _duels(duels.head(64))
    together = score(frames, champion, asked)
    for duel, scored in zip(asked, together, strict=True):
        (alone,) = score(frames, champion, [duel])
        assert np.array_equal(alone.rows, scored.rows, equal_nan=True)
        assert np.array_equal(alone.win_probabilities, scored.win_probabilities)


def test_naming_what_b_would_have_anyway_changes_little(
    dex: Dex, frames: MatchupFrames, champion: Predictor, duels: pl.DataFrame
) -> None:
    """Unknown moves of B mean all damaging moves that it learns; spelling them out is the same.

    The simulator plays both alike, so the two answers estimate one number.
    """
    unknown = duels.filter(pl.col("moves_b").is_null())
    damaging = dex.moves.filter(pl.col("category") != "status").select("move_id")
    learnt = (
        dex.learnset.join(damaging, on="move_id")
        .group_by(pokemon_b_id="form_id")
        .agg(pl.col("move_id").unique().sort().alias("moves_b"))
    )
    spelled_out = unknown.drop("moves_b").join(
        learnt, on="pokemon_b_id", maintain_order="left", validate="m:1"
    )
    assert spelled_out.height == unknown.height > 500
    apart = np.abs(
        champion.predict(compute(frames, unknown).to_numpy())
        - champion.predict(compute(frames, spelled_out).to_numpy())
    )
    print(f"B's moves unknown or spelled out: mean distance {apart.mean():.4f}")  # noqa: T201  # as above
    assert apart.mean() <= MEAN_APART / 2
