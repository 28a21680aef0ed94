"""How fast memory grows: a line through samples, by least squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Sequence

_CONFIDENCE: Final = 0.95
_BLOCKS: Final = 20
"""Neighbouring samples resemble each other; means of blocks do less, so that the interval holds."""
_FEWEST: Final = 3
_SECONDS_PER_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Slope:
    """Megabytes an hour, and the interval that holds it with 95 %."""

    mb_per_hour: float
    low: float
    high: float


def slope(seconds: Sequence[float], megabytes: Sequence[float]) -> Slope:
    """Fit a line; fewer than three samples are a ``ValueError``."""
    if len(seconds) < _FEWEST:
        raise ValueError(f"{len(seconds)} samples make no line")
    blocks = min(_BLOCKS, len(seconds))
    times = [part.mean() for part in np.array_split(np.asarray(seconds), blocks)]
    sizes = [part.mean() for part in np.array_split(np.asarray(megabytes), blocks)]
    fit = stats.linregress(times, sizes)
    half = stats.t.ppf((1 + _CONFIDENCE) / 2, blocks - 2) * fit.stderr
    return Slope(*(x * _SECONDS_PER_HOUR for x in (fit.slope, fit.slope - half, fit.slope + half)))
