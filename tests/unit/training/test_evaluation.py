"""The measures that choosers are judged by."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from training.evaluation import (
    brier,
    choice_quality,
    clustered_mean,
    evaluate,
    excess_brier,
    log_loss,
)


def _truth(*matchups: tuple[float, ...], games: int = 200) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"population": "closed", "matchup_id": number, "win_rate": rate, "games": games}
            for number, rates in enumerate(matchups)
            for rate in rates
        ]
    )


def test_the_best_choice_has_no_regret_and_hits() -> None:
    """Choosing what truly wins most is a hit without regret."""
    truth = _truth((0.2, 0.9), (0.7, 0.1))
    quality = choice_quality(truth, truth["win_rate"].to_numpy())
    assert (quality.hit, quality.regret, quality.matchups) == (1.0, 0.0, 2)


def test_a_clearly_worse_choice_is_a_miss_with_its_regret() -> None:
    """Regret is best minus chosen, averaged over matchups."""
    quality = choice_quality(_truth((0.2, 0.9), (0.7, 0.1)), np.array([1.0, 0.0, 1.0, 0.0]))
    assert (quality.hit, quality.matchups) == (0.5, 2)
    assert quality.regret == pytest.approx(0.35)
    assert quality.regret_se == pytest.approx(0.35)


def test_a_choice_within_the_noise_is_a_hit() -> None:
    """A difference below 1.96 standard errors counts as a hit, one above does not."""
    # The standard error of the difference of 0.50 and 0.55 over 200 games each is 0.0499.
    assert choice_quality(_truth((0.50, 0.55)), np.array([1.0, 0.0])).hit == 1.0
    assert choice_quality(_truth((0.40, 0.55)), np.array([1.0, 0.0])).hit == 0.0


def test_brier_and_log_loss_are_over_games() -> None:
    """Both equal the mean over the single games that the win rate stands for."""
    games = np.array([1.0] * 30 + [0.0] * 70)
    p = 0.4
    assert brier(np.array([p]), np.array([0.3])) == pytest.approx(np.mean((p - games) ** 2))
    assert log_loss(np.array([p]), np.array([0.3])) == pytest.approx(
        np.mean(-(games * np.log(p) + (1 - games) * np.log(1 - p)))
    )


def test_a_certain_and_wrong_prediction_has_a_finite_log_loss() -> None:
    """Predictions are held in [0.001, 0.999]."""
    assert log_loss(np.array([0.0]), np.array([1.0])) == pytest.approx(-np.log(0.001))


def test_choosers_without_probabilities_are_not_judged_on_calibration() -> None:
    """A naive score has hit and regret and nothing else."""
    truth = _truth((0.2, 0.9))
    (quality,) = evaluate("naive", truth, np.array([1.0, 9.0]))
    assert (quality.hit, quality.brier, quality.log_loss) == (1.0, None, None)


def test_the_excess_of_a_perfect_prediction_is_nothing() -> None:
    """On average over simulations, a prediction of the true chance has no excess, a wrong has."""
    generator = np.random.default_rng(3)
    chance = generator.random(40_000)
    games = np.full(chance.shape, 20, dtype=np.int32)
    win_rate = generator.binomial(games, chance) / games
    assert excess_brier(chance, win_rate, games).mean() == pytest.approx(0.0, abs=0.0005)
    off = excess_brier(chance + 0.1, win_rate, games).mean()
    assert off == pytest.approx(0.01, abs=0.001)


def test_repeating_rows_of_a_cluster_adds_no_certainty() -> None:
    """The standard error of a mean does not shrink when each cluster's value is seen four times."""
    values = np.random.default_rng(5).normal(size=500)
    clusters = np.arange(500)
    mean, standard_error = clustered_mean(values, clusters)
    assert standard_error == pytest.approx(1 / np.sqrt(500), rel=0.1)
    assert clustered_mean(np.repeat(values, 4), np.repeat(clusters, 4)) == pytest.approx(
        (mean, standard_error)
    )


def test_the_floor_lies_zero_over_itself() -> None:
    """The distance to the floor is a difference of Brier scores on the same rows."""
    truth = _truth((0.2, 0.9), (0.7, 0.1))
    second = np.array([0.25, 0.9, 0.65, 0.15])
    (floor,) = evaluate("floor", truth, second, second)
    (model,) = evaluate("model", truth, np.array([0.1, 0.8, 0.6, 0.2]), second)
    assert floor.over_floor == 0.0
    assert floor.brier is not None
    assert model.brier is not None
    assert model.over_floor == pytest.approx(model.brier - floor.brier)
