"""Score duels: features and prediction for many at once, in one call of each library."""

from __future__ import annotations

from dataclasses import dataclass
from time import time_ns
from typing import TYPE_CHECKING, Final

import numpy as np

from features.compute import compute_indexed
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor

FEATURE_POSITION: Final = {name: position for position, name in enumerate(FEATURE_NAMES)}
_EXPECTED: Final = FEATURE_POSITION["move_expected"]
_TARGET_HP: Final = FEATURE_POSITION["b_hp"]


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

    @property
    def expected_damage(self) -> NDArray[np.float64]:
        """Expected damage of one use of each move, in HP, also beyond those that B has."""
        return self.rows[:, _EXPECTED].astype(np.float64) * self.rows[:, _TARGET_HP]

    @property
    def ranking(self) -> list[int]:
        """The rows, best move first: by win probability, ties by expected damage, then move id."""
        worth = list(
            zip(self.win_probabilities.tolist(), self.expected_damage.tolist(), strict=True)
        )
        return sorted(range(len(worth)), key=worth.__getitem__, reverse=True)

    @property
    def best(self) -> int:
        """The row of the recommended move."""
        return self.ranking[0]


@dataclass(frozen=True, slots=True)
class Timing:
    """When a batch was worked on (Unix nanoseconds), and how large it was."""

    features_start: int
    features_end: int
    predict_end: int
    duels: int
    rows: int


def compute_features(frames: MatchupFrames, duels: Sequence[Duel]) -> pl.DataFrame:
    """Compute the feature rows of duels, one a move."""
    return compute_indexed(
        frames,
        frames.index(
            [duel.pokemon_a_id for duel in duels],
            [duel.pokemon_b_id for duel in duels],
            [duel.moves_a for duel in duels],
            [duel.moves_b for duel in duels],
        ),
    )


def score(frames: MatchupFrames, predictor: Predictor, duels: Sequence[Duel]) -> list[Scores]:
    """Score every move of every duel in one batch."""
    features_start = time_ns()
    matrix = np.ascontiguousarray(compute_features(frames, duels).to_numpy())
    features_end = time_ns()
    probabilities = predictor.predict(matrix)
    predict_end = time_ns()
    timing = Timing(features_start, features_end, predict_end, len(duels), len(matrix))
    scores, start = [], 0
    for duel in duels:
        end = start + len(duel.moves_a)
        scores.append(
            Scores(matrix[start:end], probabilities[start:end], predictor.version, timing)
        )
        start = end
    return scores
