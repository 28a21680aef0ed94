"""The measures that choosers are judged by."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from training.evaluation import brier, choice_quality, evaluate, log_loss


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
    assert choice_quality(truth, truth["win_rate"].to_numpy()) == (1.0, 0.0, 2)


def test_a_clearly_worse_choice_is_a_miss_with_its_regret() -> None:
    """Regret is best minus chosen, averaged over matchups."""
    hit, regret, matchups = choice_quality(
        _truth((0.2, 0.9), (0.7, 0.1)), np.array([1.0, 0.0, 1.0, 0.0])
    )
    assert (hit, matchups) == (0.5, 2)
    assert regret == pytest.approx(0.35)


def test_a_choice_within_the_noise_is_a_hit() -> None:
    """A difference below 1.96 standard errors counts as a hit, one above does not."""
    # The standard error of the difference of 0.50 and 0.55 over 200 games each is 0.0499.
    assert choice_quality(_truth((0.50, 0.55)), np.array([1.0, 0.0]))[0] == 1.0
    assert choice_quality(_truth((0.40, 0.55)), np.array([1.0, 0.0]))[0] == 0.0


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
    (quality,) = evaluate("naive", truth, np.array([1.0, 9.0]), probabilities=False)
    assert (quality.hit, quality.brier, quality.log_loss) == (1.0, None, None)
