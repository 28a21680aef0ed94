"""Rows with known drift, counted: drawn bin by bin, so that tests need no duels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from features.bins import FIRST, bins
from features.counts import Counts
from training.released import release

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def baseline() -> Counts:
    """Give the released champion's baseline."""
    found = release().baseline
    assert found is not None
    return found


@pytest.fixture(scope="session")
def draw(baseline: Counts) -> Callable[..., Counts]:
    """Draw counts from the baseline's shares: ``draw(rows, seed, moved={feature position})``.

    The values of a feature that moved all fall into its first bin.
    """

    def _draw(rows: int, seed: int, moved: set[int] | None = None) -> Counts:
        generator = np.random.default_rng(seed)

        def drawn(counts: list[int]) -> list[int]:
            shares = np.array(counts) / sum(counts)
            return [int(number) for number in generator.multinomial(rows, shares)]

        features: list[int] = []
        for position in range(len(bins().features)):
            found = drawn(baseline.feature(position))
            if position in (moved or set()):
                found = [0] * FIRST + [rows] + [0] * (len(found) - FIRST - 1)
            features += found
        return Counts(
            bins=baseline.bins,
            rows=rows,
            features=features,
            win_probabilities=drawn(baseline.win_probabilities),
            forms_a={1: rows},
            forms_b={25: rows},
        )

    return _draw
