"""Answers held against what became of the battles."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from drift.concept import LEAST_JUDGED, judge


def _played(answers: np.ndarray, truth: np.ndarray, seed: int) -> Counter[tuple[float, str]]:
    """Play each battle once, won with the chance that is true."""
    won = np.random.default_rng(seed).random(len(answers)) < truth
    return Counter((float(p), "A" if each else "B") for p, each in zip(answers, won, strict=True))


def _answers(number: int, seed: int) -> np.ndarray:
    return np.round(np.random.default_rng(seed).beta(0.3, 0.3, number), 2)


def test_a_calibrated_model_is_left_alone() -> None:
    """One window in a thousand is called drifted, whether it has few answers or many."""
    alarms = 0
    for number in (LEAST_JUDGED, 200, 1_000):
        for seed in range(500):
            answers = _answers(number, seed)
            found = judge("v1", _played(answers, answers, seed + 1))
            assert found is not None
            assert found.enough
            alarms += found.drifted
    assert alarms <= 4


@pytest.mark.parametrize("shift", [-0.1, 0.1])
def test_battles_won_otherwise_are_noticed(shift: float) -> None:
    """Ten points too optimistic, or too pessimistic, within 1,000 answers."""
    answers = np.clip(_answers(1_000, 1), 0.2, 0.8)
    found = judge("v1", _played(answers, answers + shift, 2))
    assert found is not None
    assert found.drifted
    assert np.sign(found.wins_z) == np.sign(shift)


def test_answers_without_worth_are_noticed_though_the_mean_is_right() -> None:
    """As many battles are won as predicted, only others: the Brier score tells."""
    answers = _answers(1_000, 3)
    found = judge("v1", _played(answers, np.full(1_000, 0.5), 4))
    assert found is not None
    assert found.drifted
    assert abs(found.wins_z) < 3
    assert found.brier_z > 5


@pytest.mark.parametrize(("answer", "won"), [(0.3, 360), (0.3, 265), (0.02, 35)])
def test_one_probability_is_the_binomial_test(answer: float, won: int) -> None:
    """With a single answer, the distance of the wins stands for about the chance of SciPy's."""
    found = judge("v1", {(answer, "A"): won, (answer, "B"): 1_000 - won})
    assert found is not None
    direction = "greater" if won > 1_000 * answer else "less"
    exact = binomtest(won, 1_000, answer, alternative=direction).pvalue
    assert norm.sf(abs(found.wins_z)) == pytest.approx(exact, rel=0.35)


def test_too_few_say_nothing() -> None:
    """Whatever became of them."""
    found = judge("v1", {(0.9, "B"): LEAST_JUDGED - 1})
    assert found is not None
    assert not found.enough
    assert not found.drifted
    assert judge("v1", {}) is None


def test_a_draw_is_half_a_win() -> None:
    """On either side of the mean."""
    found = judge("v1", {(0.5, "draw"): 200})
    assert found is not None
    assert (found.won, found.predicted, found.wins_z) == (0.5, 0.5, 0.0)
    assert found.brier == 0
