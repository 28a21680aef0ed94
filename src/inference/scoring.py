"""Score duels: features and prediction for many at once, in one call of each library."""

from __future__ import annotations

from dataclasses import dataclass
from time import time_ns
from typing import TYPE_CHECKING

import polars as pl

from features.compute import compute
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor

FEATURE_POSITION = {name: position for position, name in enumerate(FEATURE_NAMES)}

_DUELS = pl.Schema(
    {
        "pokemon_a_id": pl.Int32(),
        "pokemon_b_id": pl.Int32(),
        "moves_a": pl.List(pl.Int32()),
        "moves_b": pl.List(pl.Int32()),
    }
)


@dataclass(frozen=True, slots=True)
class Duel:
    """Who fights whom with what, by ids that the dex knows.

    Moves are distinct and ascending, so that neither their order nor a repetition in a request
    can change a probability. ``moves_b`` is None when the caller does not know them.
    """

    pokemon_a_id: int
    pokemon_b_id: int
    moves_a: tuple[int, ...]
    moves_b: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Scores:
    """What the model says of one duel: a row for each of its ``moves_a``, in that order."""

    rows: NDArray[np.float32]
    """Features, shape (moves, 133), in contract order."""
    win_probabilities: NDArray[np.float64]
    model_version: str
    timing: Timing


@dataclass(frozen=True, slots=True)
class Timing:
    """When a batch was worked on (Unix nanoseconds), and how large it was."""

    features_start: int
    features_end: int
    predict_end: int
    duels: int
    rows: int


def duel_frame(duels: Sequence[Duel]) -> pl.DataFrame:
    """Lay duels out as :func:`features.situation.describe` takes them."""
    return pl.DataFrame(
        {
            "pokemon_a_id": [duel.pokemon_a_id for duel in duels],
            "pokemon_b_id": [duel.pokemon_b_id for duel in duels],
            "moves_a": [duel.moves_a for duel in duels],
            "moves_b": [duel.moves_b for duel in duels],
        },
        schema=_DUELS,
    )


def score(frames: MatchupFrames, predictor: Predictor, duels: Sequence[Duel]) -> list[Scores]:
    """Score every move of every duel in one batch."""
    features_start = time_ns()
    features = compute(frames, duel_frame(duels))
    features_end = time_ns()
    probabilities = predictor.predict(features)
    predict_end = time_ns()
    timing = Timing(features_start, features_end, predict_end, len(duels), features.height)
    matrix = features.to_numpy()
    scores, start = [], 0
    for duel in duels:
        end = start + len(duel.moves_a)
        scores.append(
            Scores(matrix[start:end], probabilities[start:end], predictor.version, timing)
        )
        start = end
    return scores
