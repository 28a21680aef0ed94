"""From duels to feature rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.contract import FEATURE_NAMES
from features.duel.openings import describe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.duel.openings import Duels
    from features.matchup_frames import MatchupFrames


def compute(frames: MatchupFrames, duels: pl.DataFrame) -> pl.DataFrame:
    """Compute the 133 features of every opening of every duel.

    Args:
        frames: the prepared dex.
        duels: one row a duel: ``pokemon_a_id``, ``pokemon_b_id`` (ids in the dex), ``moves_a``
            (list of move ids) and ``moves_b`` (the same, or null when B's moves are unknown: then
            all damaging moves that B can learn).

    Returns:
        Float32 columns in contract order; one row for each move of each duel's ``moves_a``.

    Raises:
        UnknownIdError: the dex lacks a form or a move.

    """
    indexed = frames.index(
        duels["pokemon_a_id"].to_list(),
        duels["pokemon_b_id"].to_list(),
        duels["moves_a"].to_list(),
        duels["moves_b"].to_list(),
    )
    return pl.from_numpy(compute_indexed(frames, indexed), schema=FEATURE_NAMES)


def compute_indexed(frames: MatchupFrames, duels: Duels) -> NDArray[np.float32]:
    """Compute the same of duels that are already looked up: shape (moves, 133), contract order.

    What forms and moves bring along is gathered from what the expressions gave for the whole dex.
    """
    own, foe = duels.pairs.T
    pair = (own * len(frames.form_index) + foe).repeat(np.diff(duels.a_starts))
    return np.concatenate(
        (
            frames.pairs[pair],
            frames.moves[duels.a_moves],
            describe(frames.facts, duels, frames.luck),
        ),
        axis=1,
    )
