"""The comparison of a model with the other choosers, and where it is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from registry.manifest import CalibrationBin
from training import choosers, errors
from training.calibration import Reliability, reliability
from training.evaluation import Quality, evaluate

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from training.errors import GroupError
    from training.judged import Judged

MODEL: Final = "model"


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a model's quality."""

    qualities: list[Quality]
    effects: list[GroupError]
    """By effect of the opening, the largest part of the error first."""
    moves: list[GroupError]
    """The ten worst openings."""
    reliabilities: list[Reliability]
    """Over all rows, then by population."""


def judge(judged: Judged, predicted: NDArray[np.float64], moves: pl.DataFrame) -> Report:
    """Judge a model's predictions of the judged rows.

    Args:
        judged: the truth.
        predicted: one win probability a row.
        moves: the dex's moves, by whose effects errors are grouped.

    """
    return Report(
        compare(judged, predicted),
        errors.by_effect(judged, predicted, moves),
        errors.by_move(judged, predicted, moves),
        reliability(judged, predicted),
    )


def compare(judged: Judged, predicted: NDArray[np.float64]) -> list[Quality]:
    """Judge every chooser, the model by what it predicted."""
    features, truth, second = judged.examples.features, judged.examples.labels, judged.again
    return [
        *evaluate("random", truth, choosers.random(features)),
        *evaluate("naive", truth, choosers.naive(features)),
        *evaluate("games", truth, choosers.games(features), second),
        *evaluate(MODEL, truth, choosers.as_answered(predicted, features), second),
        *evaluate("floor", truth, second, second),
    ]


def metrics(report: Report) -> dict[str, float]:
    """Flatten a model's measures to names such as ``closed_regret``."""
    measures = ("hit", "regret", "brier", "log_loss", "over_floor")
    return {
        f"{quality.population}_{measure}": value
        for quality in report.qualities
        if quality.chooser == MODEL
        for measure in measures
        if (value := getattr(quality, measure)) is not None
    } | {f"{part.population}_calibration_error": part.error for part in report.reliabilities}


def calibration(report: Report) -> list[CalibrationBin]:
    """Give the bins of the reliability diagram over all rows."""
    return [
        CalibrationBin(rows=part.rows, predicted=part.predicted, won=part.won)
        for part in report.reliabilities[0].bins
    ]
