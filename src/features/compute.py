"""From duels to feature rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from features.duel.columns import COLUMNS
from features.duel.openings import describe

if TYPE_CHECKING:
    from features.duel.openings import Duels
    from features.matchup_frames import MatchupFrames

_LAID_OUT: Final = pl.col("opening").arr.to_struct(fields=list(COLUMNS))


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
    return compute_indexed(frames, indexed)


def compute_indexed(frames: MatchupFrames, duels: Duels) -> pl.DataFrame:
    """Compute the same of duels that are already looked up."""
    own, foe = duels.pairs.T
    pair = (own * len(frames.form_index) + foe).repeat(np.diff(duels.a_starts))
    described = pl.DataFrame({"opening": describe(frames.facts, duels, frames.luck)})
    # Put together in the order of the contract.
    rows: pl.DataFrame = pl.concat(
        [
            frames.pairs[pair],
            frames.moves[duels.a_moves],
            described.select(_LAID_OUT).unnest("opening"),
        ],
        how="horizontal",
    )
    return rows
