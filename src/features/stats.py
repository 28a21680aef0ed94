"""Battle stats at level 50 with IVs of 31, no awakening values, a neutral nature, friendship 70.

Source: the Let's Go stat formula of the simulator, truncations included.
"""

from __future__ import annotations

from typing import Final

import polars as pl

FRIENDSHIP_PERCENT: Final = 102
"""floor((70 / 255 / 10 + 1) * 100): what friendship makes of every stat but HP."""


def hp_at_level_50(base: str) -> pl.Expr:
    """HP from the base stat in column ``base``."""
    return (pl.col(base).cast(pl.Int32) * 2 + 131) // 2 + 10


def stat_at_level_50(base: str) -> pl.Expr:
    """Any other stat from the base stat in column ``base``."""
    plain = (pl.col(base).cast(pl.Int32) * 2 + 31) // 2 + 5
    return plain * FRIENDSHIP_PERCENT // 100
