"""Watching a promoted model: what is worse is seen, and luck is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

import numpy as np
import polars as pl
from tests.unit.lifecycle.conftest import rated

from features.contract import FEATURE_NAMES
from lifecycle import watch
from storage.feedback_store import Feedback
from storage.live_store import LiveSums

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from capture.lookup import PredictionLookup
    from lifecycle.evidence import Rated
    from training.dataset import Examples


@dataclass
class _Rows:
    """Captured rows by prediction id."""

    features: dict[str, np.ndarray[Any, Any]]

    def find(self, ids: Collection[str], columns: Sequence[str]) -> pl.DataFrame:
        found = [name for name in ids if name in self.features]
        matrix = np.array([self.features[name] for name in found]).reshape(-1, len(FEATURE_NAMES))
        frame = pl.DataFrame(matrix, schema=list(FEATURE_NAMES))
        return frame.with_columns(pl.Series("prediction_id", found)).select(columns)


def _told(
    truth: Examples, answered: Any, count: int, seed: int = 0
) -> tuple[list[Feedback], PredictionLookup]:
    """Play, by chance, battles of openings in the truth that a model has answered."""
    draw = np.random.default_rng(seed)
    rows = draw.choice(truth.labels.height, count, replace=False)
    now = datetime.now(UTC)
    told, features = [], {}
    for row in rows:
        prediction_id = uuid4()
        features[str(prediction_id)] = truth.matrix[row]
        told.append(
            Feedback(
                prediction_id=UUID(str(prediction_id)),
                winner="A" if draw.random() < truth.win_rate[row] else "B",
                predicted_at=now,
                model_version="v2",
                pokemon_a_id=1,
                pokemon_b_id=25,
                recommended_move="surf",
                win_probability=float(answered[row]),
                received_at=now,
            )
        )
    return told, cast("PredictionLookup", _Rows(features))


def test_a_model_as_good_as_the_one_before_stays(truth: Examples, champion: Rated) -> None:
    """Whatever luck the battles have, both have it: of 20 watches none finds it worse."""
    other = rated(2, lambda _, odds: odds * 1.05).predictor.predict(truth.matrix)
    for seed in range(20):
        told, lookup = _told(truth, other, 300, seed)
        assert not watch.outcomes(told, lookup, champion.predictor).worse


def test_a_model_that_is_wrong_is_seen_after_few_battles(truth: Examples, champion: Rated) -> None:
    """One that says the opposite is found out over 60 battles."""
    other = rated(2, lambda _, odds: -odds).predictor.predict(truth.matrix)
    told, lookup = _told(truth, other, 60)
    sight = watch.outcomes(told, lookup, champion.predictor)
    assert sight.worse
    assert "over 60 battles" in sight.says


def test_few_battles_say_nothing(truth: Examples, champion: Rated) -> None:
    """Neither a handful that was told, nor rows that are not at hand."""
    other = rated(2, lambda _, odds: -odds).predictor.predict(truth.matrix)
    told, lookup = _told(truth, other, watch.FEWEST_JUDGED - 1)
    assert not watch.outcomes(told, lookup, champion.predictor).worse
    told, _ = _told(truth, other, 100)
    nothing = cast("PredictionLookup", _Rows({}))
    assert not watch.outcomes(told, nothing, champion.predictor).worse


def test_failing_and_slow_predictions_are_compared_with_before() -> None:
    """A share that the champion had as well is nothing new; few predictions say nothing."""
    before = LiveSums(predictions=1000, failures=0, slow=10)
    assert watch.failures(LiveSums(predictions=990, failures=10), before).worse
    assert not watch.failures(LiveSums(predictions=9, failures=10), before).worse
    assert not watch.slowness(LiveSums(predictions=1000, slow=20), before).worse
    assert watch.slowness(LiveSums(predictions=1000, slow=100), before).worse
