"""From duels to feature rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from features.contract import FEATURES
from features.situation import describe

if TYPE_CHECKING:
    from features.matchup_frames import MatchupFrames

_COLUMNS: Final = [feature.expression.cast(pl.Float32).alias(feature.name) for feature in FEATURES]


def compute(frames: MatchupFrames, duels: pl.DataFrame) -> pl.DataFrame:
    """Compute the 133 features of every opening of every duel.

    Args:
        frames: the prepared dex.
        duels: one row a duel, see :func:`features.situation.describe`.

    Returns:
        Float32 columns in contract order; one row for each move of each duel's ``moves_a``.

    """
    return describe(frames, duels).select(_COLUMNS)
