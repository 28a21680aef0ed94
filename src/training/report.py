"""The comparison of a model with the other choosers, population by population."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from training import choosers
from training.dataset import examples
from training.evaluation import Quality, evaluate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor

MODEL = "model"


def compare(
    frames: MatchupFrames, predictor: Predictor, truth: pl.DataFrame, again: pl.DataFrame
) -> list[Quality]:
    """Judge every chooser.

    Args:
        frames: the prepared dex.
        predictor: the model to judge.
        truth: labels of held-out matchups.
        again: the same matchups and openings, simulated independently: the noise floor.

    Raises:
        ValueError: ``again`` has other rows than ``truth``.

    """
    keys = ["matchup_id", "opening"]
    if not truth.select(keys).equals(again.select(keys)):
        raise ValueError("the second simulation is not of the same matchups and openings")
    data = examples(frames, truth)
    second = (again["wins"] + 0.5 * again["draws"]) / again["games"]
    return [
        *evaluate("random", data.labels, choosers.random(data.features), probabilities=False),
        *evaluate("naive", data.labels, choosers.naive(data.features), probabilities=False),
        *evaluate("race", data.labels, choosers.race(data.features)),
        *evaluate(MODEL, data.labels, predictor.predict(data.features)),
        *evaluate("floor", data.labels, second.to_numpy()),
    ]


def metrics(qualities: Sequence[Quality]) -> dict[str, float]:
    """Flatten a model's measures to names such as ``closed_regret``."""
    return {
        f"{quality.population}_{measure}": value
        for quality in qualities
        if quality.chooser == MODEL
        for measure in ("hit", "regret", "brier", "log_loss")
        if (value := getattr(quality, measure)) is not None
    }


def table(qualities: Sequence[Quality]) -> Table:
    """Lay the measures out for people."""
    shown = Table(title="Held-out matchups: no pair of forms was trained on")
    for column in ("population", "chooser", "matchups", "hit", "regret", "Brier", "log-loss"):
        shown.add_column(column, justify="left" if column in {"population", "chooser"} else "right")
    for population in dict.fromkeys(quality.population for quality in qualities):
        for quality in qualities:
            if quality.population == population:
                shown.add_row(*_cells(quality))
        shown.add_section()
    return shown


def _cells(quality: Quality) -> tuple[str, ...]:
    calibration = (quality.brier, quality.log_loss)
    return (
        quality.population,
        quality.chooser,
        f"{quality.matchups:,}",
        f"{quality.hit:.3f}",
        f"{quality.regret:.4f}",
        *("" if value is None else f"{value:.4f}" for value in calibration),
    )
