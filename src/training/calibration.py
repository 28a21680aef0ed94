"""Whether a predicted chance of 70 % wins seven games out of ten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from training.evaluation import clustered_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.judged import Judged

BINS: Final = 10
"""Of equal width, so that the diagram reads like a ruler."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The rows whose predictions fall between two bounds."""

    population: str
    low: float
    high: float
    rows: int
    predicted: float
    """Mean prediction."""
    won: float
    """Mean win rate."""
    won_se: float
    """Its standard error, a matchup being one observation."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """Calibration over one population."""

    population: str
    rows: int
    bins: list[Bin]
    error: float
    """Expected calibration error: mean of |predicted - won| over bins, weighted by rows."""
    chance_error: float
    """What it would be on average if the predictions were calibrated: the noise of so few rows."""


def calibration_error(predicted: NDArray[np.float64], won: NDArray[np.float64]) -> float:
    """Mean of |predicted - won| over the bins, weighted by rows."""
    sums = np.bincount(_bin(predicted), weights=predicted - won, minlength=BINS)
    return float(np.abs(sums).sum() / len(predicted))


def reliability(judged: Judged, predicted: NDArray[np.float64]) -> list[Reliability]:
    """Measure calibration over all rows (``all``) and over each population."""
    labels = judged.examples.labels
    populations = labels["population"].to_numpy()
    every = np.ones(len(predicted), dtype=bool)
    masks = {"all": every} | {
        name: populations == name for name in labels["population"].unique(maintain_order=True)
    }
    matchups, won = labels["matchup_id"].to_numpy(), judged.pooled
    return [
        _reliability(population, predicted[mask], won[mask], matchups[mask])
        for population, mask in masks.items()
    ]


def _reliability(
    population: str,
    predicted: NDArray[np.float64],
    won: NDArray[np.float64],
    matchups: NDArray[np.int64],
) -> Reliability:
    index = _bin(predicted)
    bins = []
    for number in np.unique(index):
        here = index == number
        deviation, standard_error = clustered_mean((won - predicted)[here], matchups[here])
        mean = float(predicted[here].mean())
        bins.append(
            Bin(
                population,
                number / BINS,
                (number + 1) / BINS,
                int(here.sum()),
                mean,
                mean + deviation,
                standard_error,
            )
        )
    rows = len(predicted)
    return Reliability(
        population,
        rows,
        bins,
        calibration_error(predicted, won),
        # The mean of |x| of a normal x is sqrt(2 / pi) standard deviations.
        sum(part.rows * part.won_se for part in bins) / rows * float(np.sqrt(2 / np.pi)),
    )


def _bin(predicted: NDArray[np.float64]) -> NDArray[np.int64]:
    """Find the bin of each prediction; a certain one falls into the last."""
    index: NDArray[np.int64] = np.minimum((predicted * BINS).astype(np.int64), BINS - 1)
    return index
