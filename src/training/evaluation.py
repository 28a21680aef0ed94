"""How good a choice of moves is, against simulated truth.

Definitions (DESIGN.md): a *hit* is a choice whose true win rate is within 1.96 standard errors of
the difference from the best one's; *regret* is best minus chosen; Brier score and log-loss are
over the games themselves, for every move.
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
    brier: float | None
    log_loss: float | None


def brier(predicted: NDArray[np.float64], win_rate: NDArray[np.float64]) -> float:
    """Mean squared error over games: ``(p - w)^2 + w (1 - w)``."""
    return float(np.mean((predicted - win_rate) ** 2 + win_rate * (1 - win_rate)))


def log_loss(predicted: NDArray[np.float64], win_rate: NDArray[np.float64]) -> float:
    """Mean cross-entropy over games, with the prediction held in [0.001, 0.999]."""
    p = np.clip(predicted, *CLIP)
    return float(np.mean(-(win_rate * np.log(p) + (1 - win_rate) * np.log(1 - p))))


def choice_quality(truth: pl.DataFrame, scores: NDArray[np.float64]) -> tuple[float, float, int]:
    """Hit rate, mean regret and number of matchups when the highest score is chosen.

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
    )
    hit, mean_regret = summary.row(0)
    return float(hit), float(mean_regret), best.height


def evaluate(
    chooser: str,
    truth: pl.DataFrame,
    scores: NDArray[np.float64],
    *,
    probabilities: bool = True,
) -> list[Quality]:
    """Measure a chooser on each population of the truth.

    Args:
        chooser: its name.
        truth: ``population``, ``matchup_id``, ``win_rate``, ``games``, one row an opening.
        scores: one a row of the truth.
        probabilities: whether the scores are win probabilities, so that their calibration counts.

    """
    qualities = []
    for population in truth["population"].unique(maintain_order=True):
        here = (truth["population"] == population).to_numpy()
        rows, chosen = truth.filter(here), scores[here]
        hit, regret, matchups = choice_quality(rows, chosen)
        win_rate = rows["win_rate"].to_numpy()
        qualities.append(
            Quality(
                chooser,
                population,
                matchups,
                hit,
                regret,
                brier(chosen, win_rate) if probabilities else None,
                log_loss(chosen, win_rate) if probabilities else None,
            )
        )
    return qualities
