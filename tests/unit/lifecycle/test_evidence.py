"""What the gate is told of two models."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from time import process_time
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from lifecycle.evidence import least_times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from inference.predictor import Predictor

WORK = 0.000_2
"""Seconds of the processor."""


@dataclass(frozen=True)
class Disturbed:
    """A model that takes its time, and is slowed down in nine calls of ten."""

    times: float
    slowed_to: float
    calls: Iterator[int]

    def predict(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Work."""
        slower = self.slowed_to if next(self.calls) % 10 else 1.0
        until = process_time() + WORK * self.times * slower
        while process_time() < until:
            pass
        return np.zeros(len(rows))


@pytest.mark.parametrize(("times", "slowed_to"), [(1.0, 5.0), (2.0, 1.0), (2.0, 5.0)])
def test_what_slows_most_calls_makes_no_model_slower(times: float, slowed_to: float) -> None:
    """A model is as slow as its least disturbed prediction."""
    champion = cast("Predictor", Disturbed(1.0, 1.0, count()))
    challenger = cast("Predictor", Disturbed(times, slowed_to, count()))
    theirs, its = least_times(champion, challenger, np.zeros((1_000, 1), np.float32))
    assert its / theirs == pytest.approx(times, rel=0.1)
