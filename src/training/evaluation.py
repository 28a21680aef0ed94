"""How good a choice of moves is, against simulated truth.

Definitions (DESIGN.md): a *hit* is a choice whose true win rate is within 1.96 standard errors of
the difference from the best one's; *regret* is best minus chosen; Brier score and log-loss are
over the games themselves, for every move. The *excess* is what is left of the Brier score once the
noise of the simulated win rates is taken away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

Z_95: Final = 1.96
CLIP: Final = (0.001, 0.999)


@dataclass(frozen=True, slots=True)
class Quality:
    """The measures of one chooser over one population."""

    chooser: str
    population: str
    matchups: int
    hit: float
    regret: float
    regret_se: float
    brier: float | None
    log_loss: float | None
    over_floor: float | None
    """Brier score minus that of a second estimate from simulated games, on the same rows."""
    over_floor_se: float | None
    """Its standard error, a matchup being one observation."""


def brier(predicted: NDArray[np.float64], win_rate: NDArray[np.float64]) -> float:
    """Mean squared error over games: ``(p - w)^2 + w (1 - w)``."""
    return float(np.mean((predicted - win_rate) ** 2 + win_rate * (1 - win_rate)))


def log_loss(predicted: NDArray[np.float64], win_rate: NDArray[np.float64]) -> float:
    """Mean cross-entropy over games, with the prediction held in [0.001, 0.999]."""
    p = np.clip(predicted, *CLIP)
    return float(np.mean(-(win_rate * np.log(p) + (1 - win_rate) * np.log(1 - p))))


def excess_brier(
    predicted: NDArray[np.float64], win_rate: NDArray[np.float64], games: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Give an unbiased estimate of (p - q)^2 for each row, q being the true chance to win.

    The square of p minus the win rate of n games w is too large by the variance of w, for which
    w (1 - w) / (n - 1) stands. Single values may be below zero.
    """
    excess: NDArray[np.float64] = (predicted - win_rate) ** 2 - win_rate * (1 - win_rate) / (
        games - 1
    )
    return excess


def clustered_mean(values: NDArray[np.float64], clusters: NDArray[np.int64]) -> tuple[float, float]:
    """Give the mean and its standard error when the values of a cluster depend on each other."""
    mean = float(values.mean())
    _, cluster = np.unique(clusters, return_inverse=True)
    deviations = np.bincount(cluster, weights=values - mean)
    return mean, float(np.sqrt((deviations**2).sum()) / len(values))


@dataclass(frozen=True, slots=True)
class ChoiceQuality:
    """How good the chosen openings are."""

    matchups: int
    hit: float
    regret: float
    regret_se: float


def choice_quality(truth: pl.DataFrame, scores: NDArray[np.float64]) -> ChoiceQuality:
    """Judge the openings with the highest scores.

    Args:
        truth: ``matchup_id``, ``win_rate`` and ``games``, one row an opening.
        scores: one a row; the first of equals is chosen.

    """
    ranked = truth.with_columns(score=pl.Series(scores)).group_by("matchup_id", maintain_order=True)
    best = ranked.agg(
        pl.col("win_rate", "games").get(pl.col("win_rate").arg_max()).name.prefix("best_"),
        pl.col("win_rate", "games").get(pl.col("score").arg_max()).name.prefix("chosen_"),
    )
    variance = sum(
        pl.col(f"{side}_win_rate") * (1 - pl.col(f"{side}_win_rate")) / pl.col(f"{side}_games")
        for side in ("best", "chosen")
    )
    regret = pl.col("best_win_rate") - pl.col("chosen_win_rate")
    summary = best.select(
        hit=(regret <= Z_95 * pl.Expr.sqrt(variance)).mean(),  # type: ignore[arg-type]  # sum() starts at int 0
        regret=regret.mean(),
        regret_se=regret.std() / pl.len().sqrt(),
    )
    hit, mean_regret, regret_se = summary.row(0)
    return ChoiceQuality(best.height, float(hit), float(mean_regret), float(regret_se or 0.0))


def evaluate(
    chooser: str,
    truth: pl.DataFrame,
    scores: NDArray[np.float64],
    second: NDArray[np.float64] | None = None,
) -> list[Quality]:
    """Measure a chooser on each population of the truth.

    Args:
        chooser: its name.
        truth: ``population``, ``matchup_id``, ``win_rate``, ``games``, one row an opening.
        scores: one a row of the truth.
        second: win rates of an independent simulation, the noise floor; given when the scores are
            win probabilities, so that their calibration counts.

    """
    qualities = []
    for population in truth["population"].unique(maintain_order=True):
        here = (truth["population"] == population).to_numpy()
        rows, chosen = truth.filter(here), scores[here]
        quality = choice_quality(rows, chosen)
        calibration: tuple[float | None, ...] = (None, None, None, None)
        if second is not None:
            calibration = _calibration(rows, chosen, second[here])
        qualities.append(
            Quality(
                chooser,
                population,
                quality.matchups,
                quality.hit,
                quality.regret,
                quality.regret_se,
                *calibration,
            )
        )
    return qualities


def _calibration(
    truth: pl.DataFrame, predicted: NDArray[np.float64], second: NDArray[np.float64]
) -> tuple[float, float, float, float]:
    """Give Brier score, log-loss, and the Brier score over the floor with its standard error."""
    win_rate = truth["win_rate"].to_numpy()
    over = (predicted - win_rate) ** 2 - (second - win_rate) ** 2
    over_floor, over_floor_se = clustered_mean(over, truth["matchup_id"].to_numpy())
    return brier(predicted, win_rate), log_loss(predicted, win_rate), over_floor, over_floor_se
