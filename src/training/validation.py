"""A part of the training pairs on which fits are compared; the held-out pairs take no part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import polars as pl

from training import dataset
from training.calibration import calibration_error
from training.evaluation import brier, choice_quality, log_loss

if TYPE_CHECKING:
    from catboost import CatBoost

    from features.matchup_frames import MatchupFrames
    from training.dataset import Examples

VALIDATION_ONE_IN: Final = 6
_VALIDATION_MULTIPLIER: Final = 15_241_094_284_759_029_579


@dataclass(frozen=True, slots=True)
class Split:
    """What fits learn from, and what they are compared on."""

    train: Examples
    validation: Examples

    @classmethod
    def of(cls, frames: MatchupFrames, labels: pl.DataFrame, share: float, seed: int) -> Self:
        """Draw a share of the matchups and split them by pair of forms.

        Args:
            frames: the prepared dex.
            labels: columns of :data:`training.dataset.LABELS`; held-out pairs are left aside.
            share: of the matchups, to save time.
            seed: of the draw.

        Raises:
            ValueError: one of the two parts would be empty.

        """
        usable = labels.filter(~dataset.held_out())
        matchups = usable["matchup_id"].unique(maintain_order=True)
        drawn = matchups.sample(fraction=share, seed=seed)
        rows = usable.filter(pl.col("matchup_id").is_in(drawn.implode()))
        train, validation = rows.filter(~for_validation()), rows.filter(for_validation())
        if train.is_empty() or validation.is_empty():
            raise ValueError(f"{matchups.len():,} matchups x {share} are too few to split")
        return cls(dataset.examples(frames, train), dataset.examples(frames, validation))


def for_validation() -> pl.Expr:
    """Tell whether the unordered pair of forms is for comparing fits.

    Decided by a fixed hash, independent of the one by which pairs are held out.
    """
    return dataset.one_in(VALIDATION_ONE_IN, _VALIDATION_MULTIPLIER)


def measure(model: CatBoost, rows: Examples) -> dict[str, float]:
    """Measure a model on validation rows, under the names of MLflow metrics."""
    matrix = np.ascontiguousarray(rows.features.select(model.feature_names_).to_numpy())
    predicted = 1 / (1 + np.exp(-model.predict(matrix, prediction_type="RawFormulaVal")))
    choice = choice_quality(rows.labels, predicted)
    return {
        "log_loss": log_loss(predicted, rows.win_rate),
        "brier": brier(predicted, rows.win_rate),
        "calibration_error": calibration_error(predicted, rows.win_rate),
        "regret": choice.regret,
        "trees": float(model.tree_count_),
    }
