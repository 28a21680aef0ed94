"""Whether battles are won as predicted, from what feedback says of a model's answers.

Of a calibrated model's answers p, what is won has the mean sum(p) and the variance
sum(p (1 - p)); the squared error has the mean sum(p (1 - p)) and the variance
sum(p (1 - p) (1 - 2 p)^2). Both are told as distances in standard deviations, set right for the
skewness that rare surprises bring.
"""

from __future__ import annotations

from math import erfc, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

from drift.report import ConceptDrift
from storage.feedback_store import REACHED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

LEAST_JUDGED: Final = 100
"""Predictions with feedback, for a verdict."""
LEVEL: Final = 0.001
"""Chance of a verdict against a calibrated model, both tests together."""
LEAST_BIAS: Final = 0.03
"""How far the mean of what is won has to lie from what was predicted."""
LEAST_EXCESS: Final = 0.02
"""By how much the Brier score has to be worse than that of a calibrated model."""
LEAST_PROBABILITY: Final = 0.005
"""Answers come in steps of a point: one of 0 may stand for anything below this."""
LEAST_SKEWNESS: Final = 1e-6
"""With less a sum is normal already."""


def judge(model_version: str, outcomes: Mapping[tuple[float, str], int]) -> ConceptDrift | None:
    """Compare outcomes with answers; None when there are none.

    Args:
        model_version: whose answers they are.
        outcomes: predictions by win probability and winner.

    """
    if not outcomes:
        return None
    answered = np.array([p for p, _ in outcomes])
    won = np.array([REACHED[winner] for _, winner in outcomes])
    number = np.array([*outcomes.values()])
    judged = int(number.sum())
    likely = np.clip(answered, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    variance = likely * (1 - likely)
    bias = float((number * (won - likely)).sum())
    squared = float((number * (won - likely) ** 2).sum())
    expected = float((number * variance).sum())
    lean = 1 - 2 * likely
    wins_z = _distance(bias, number, variance, lean)
    brier_z = _distance(squared - expected, number, variance * lean**2, lean**2)
    enough = judged >= LEAST_JUDGED
    # Two tests share the level; too many wins are as wrong as too few.
    biased = abs(bias) / judged >= LEAST_BIAS and erfc(abs(wins_z) / sqrt(2)) < LEVEL / 2
    inexact = (squared - expected) / judged >= LEAST_EXCESS and erfc(brier_z / sqrt(2)) < LEVEL
    return ConceptDrift(
        model_version=model_version,
        judged=judged,
        won=float((number * won).sum()) / judged,
        predicted=float((number * answered).sum()) / judged,
        wins_z=wins_z,
        brier=squared / judged,
        expected_brier=expected / judged,
        brier_z=brier_z,
        enough=enough,
        drifted=enough and (biased or inexact),
    )


def calibration(
    outcomes: Mapping[tuple[float, str], int],
) -> Iterator[tuple[float, float, float]]:
    """Give, by tenths of the answer, what was predicted and won on the average, and a weight.

    The weight of the tenth with most predictions is 1.
    """
    tenths: dict[int, list[tuple[float, float, int]]] = {}
    for (answered, winner), number in outcomes.items():
        tenth = min(int(answered * 10), 9)
        tenths.setdefault(tenth, []).append((answered, REACHED[winner], number))
    sizes = {tenth: sum(number for *_, number in found) for tenth, found in tenths.items()}
    for tenth, found in sorted(tenths.items()):
        yield (
            sum(answered * number for answered, _, number in found) / sizes[tenth],
            sum(won * number for _, won, number in found) / sizes[tenth],
            sizes[tenth] / max(sizes.values()),
        )


def _distance(
    excess: float,
    number: NDArray[np.int64],
    variance: NDArray[np.float64],
    lean: NDArray[np.float64],
) -> float:
    """Tell by how many standard deviations a sum lies above its mean, as if it were normal.

    Sums of rare surprises are not: they lie far above their mean more often than a normal one, as
    gamma's do. The cube root makes those normal (Wilson and Hilferty).

    Args:
        excess: the sum less its mean.
        number: how many of each kind there are.
        variance: of one of a kind.
        lean: what a kind's variance is to be multiplied by to give its third moment.

    """
    spread = float((number * variance).sum())
    if not spread:
        return 0.0
    z = excess / sqrt(spread)
    skewness = float((number * variance * lean).sum()) / spread**1.5
    if abs(skewness) < LEAST_SKEWNESS:
        return z
    return float(6 / skewness * (np.cbrt(1 + skewness * z / 2) - 1) + skewness / 6)
