"""Score duels: features and prediction for many at once, in one call of each library."""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from features.compute import compute_indexed
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor

FEATURE_POSITION: Final = {name: position for position, name in enumerate(FEATURE_NAMES)}
_EXPECTED: Final = FEATURE_POSITION["move_expected"]
_TARGET_HP: Final = FEATURE_POSITION["b_hp"]


class Duel(msgspec.Struct, frozen=True):
    """Who fights whom with what, by ids that the dex knows.

    Moves are distinct and ascending, so that neither their order nor a repetition in a request
    can change a probability. ``moves_b`` is None when the caller does not know them.
    """

    pokemon_a_id: int
    pokemon_b_id: int
    moves_a: tuple[int, ...]
    moves_b: tuple[int, ...] | None


class Scores(msgspec.Struct, frozen=True):
    """What the model says of one duel: a row for each of its ``moves_a``, in that order."""

    rows: NDArray[np.float32]
    """Features, shape (moves, 133), in contract order."""
    win_probabilities: list[float]
    expected_damage: list[float]
    """Of one use of each move, in HP, also beyond those that B has."""
    ranking: list[int]
    """The rows, best move first: by win probability, ties by expected damage, then move id."""
    model_version: str
    timing: Timing

    @property
    def best(self) -> int:
        """The row of the recommended move."""
        return self.ranking[0]


class Timing(msgspec.Struct, frozen=True):
    """When a batch was worked on (Unix nanoseconds), and how large it was."""

    features_start: int
    features_end: int
    predict_end: int
    duels: int
    rows: int


def compute_features(frames: MatchupFrames, duels: Sequence[Duel]) -> NDArray[np.float32]:
    """Compute the feature rows of duels, one a move: shape (moves, 133), contract order."""
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
    matrix = compute_features(frames, duels)
    features_end = time_ns()
    probabilities = predictor.predict(matrix).tolist()
    predict_end = time_ns()
    timing = Timing(features_start, features_end, predict_end, len(duels), len(matrix))
    damage = (matrix[:, _EXPECTED].astype(np.float64) * matrix[:, _TARGET_HP]).tolist()
    worth = list(zip(probabilities, damage, strict=True))
    scores, start = [], 0
    for duel in duels:
        end = start + len(duel.moves_a)
        here = worth[start:end]
        scores.append(
            Scores(
                matrix[start:end],
                probabilities[start:end],
                damage[start:end],
                sorted(range(end - start), key=here.__getitem__, reverse=True),
                predictor.version,
                timing,
            )
        )
        start = end
    return scores
