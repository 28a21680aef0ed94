"""Answer a captured prediction once more, from who fought and with what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from inference.scoring import Duel, score

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from features.dex import Dex
    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor


@dataclass(frozen=True, slots=True)
class Recomputed:
    """The answer of today's features and a given model."""

    win_probabilities: list[float]
    """One for each of A's moves, in the order in which they were asked for."""
    features: NDArray[np.float32]
    """Of the move that was recommended, in contract order."""


def recompute(  # noqa: PLR0913  # what a row of captured data says
    dex: Dex,
    frames: MatchupFrames,
    predictor: Predictor,
    *,
    forms: tuple[int, int],
    moves: Sequence[str],
    moves_b: Sequence[str] | None,
    recommended: str,
) -> Recomputed:
    """Score a duel as it was captured.

    Args:
        dex: the dex that ``frames`` were prepared from.
        frames: the prepared dex.
        predictor: the model to ask.
        forms: of A and B.
        moves: A's, by identifier.
        moves_b: B's, by identifier; None when they were not known.
        recommended: the one of ``moves`` whose features to give.

    Raises:
        KeyError: the dex does not know a move.

    """
    id_of = dict(zip(dex.moves["identifier"], dex.moves["move_id"], strict=True))
    moves_a = tuple(sorted({id_of[move] for move in moves}))
    duel = Duel(
        *forms,
        moves_a,
        None if moves_b is None else tuple(sorted({id_of[move] for move in moves_b})),
    )
    (scores,) = score(frames, predictor, [duel])
    probability_of = dict(zip(moves_a, scores.win_probabilities, strict=True))
    return Recomputed(
        [probability_of[id_of[move]] for move in moves],
        scores.rows[moves_a.index(id_of[recommended])],
    )
