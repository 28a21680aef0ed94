"""Watching a promoted model: what is worse is seen, and luck is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

import numpy as np
import polars as pl
import pytest
from tests.unit.lifecycle.conftest import rated

from features.contract import FEATURE_NAMES
from lifecycle import watch
from storage.feedback_store import Feedback
from storage.live_store import LiveTotal

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


@dataclass(frozen=True)
class _Seen:
    """So many predictions, of which some failed or were slow, over so many windows each."""

    predictions: int
    failures: int = 0
    slow: int = 0
    windows: int = 0

    def total(self) -> LiveTotal:
        return LiveTotal(
            predictions=self.predictions - self.failures,
            failures=self.failures,
            slow=self.slow,
            failed_windows=self.windows if self.failures else 0,
            slow_windows=self.windows if self.slow else 0,
        )


BEFORE = LiveTotal(predictions=50_000, slow=500, slow_windows=400)


@pytest.mark.parametrize(
    ("seen", "worse"),
    [
        (_Seen(1_000, failures=10, windows=10), True),
        (_Seen(100, failures=5, windows=5), True),
        (_Seen(100_000, failures=1_000, windows=500), True),
        (_Seen(19, failures=10, windows=10), False),
        (_Seen(999, failures=1, windows=1), False),
        (_Seen(100_000, failures=100, windows=100), False),
        (_Seen(3_000, failures=64, windows=1), False),
        (_Seen(1_000, failures=1_000, windows=1), False),
        (_Seen(1_000, failures=1_000, windows=2), True),
    ],
)
def test_a_model_that_fails_is_seen_and_an_accident_is_none(seen: _Seen, *, worse: bool) -> None:
    """A failure, or a whole batch of them, may happen once; what goes on failing does not stay."""
    assert watch.failures(seen.total(), BEFORE).worse is worse
    assert watch.failures(seen.total(), LiveTotal()).worse is worse


@pytest.mark.parametrize(
    ("seen", "worse"),
    [
        (_Seen(1_000, slow=100, windows=20), True),
        (_Seen(5_000, slow=5_000, windows=50), True),
        (_Seen(1_000, slow=20, windows=15), False),
        (_Seen(3_000, slow=64, windows=1), False),
        (_Seen(3_000, slow=192, windows=3), False),
        (_Seen(1_000, slow=1_000, windows=1), False),
    ],
)
def test_a_model_that_is_slow_is_seen_and_a_pause_is_none(seen: _Seen, *, worse: bool) -> None:
    """A machine that stands still may hold up a batch of many, which is no fault of a model."""
    assert watch.slowness(seen.total(), BEFORE).worse is worse
    # Without much to compare with, the machine is not taken for the model.
    little = LiveTotal(predictions=50)
    assert watch.slowness(seen.total(), little).worse is (worse and seen.slow == seen.predictions)


def test_what_the_champion_did_as_well_is_nothing_new() -> None:
    """Shares are compared with those of the one before."""
    as_bad = LiveTotal(
        predictions=49_000, failures=1_000, slow=3_000, failed_windows=900, slow_windows=900
    )
    seen = _Seen(1_000, failures=20, slow=100, windows=20).total()
    assert watch.failures(seen, BEFORE).worse
    assert watch.slowness(seen, BEFORE).worse
    assert not watch.failures(seen, as_bad).worse
    assert not watch.slowness(seen, as_bad).worse
