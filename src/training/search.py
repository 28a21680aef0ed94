"""A seeded random search for the parameters of the fit.

Random draws find good parameters about as fast as anything adaptive does in the few dozen trials
that time allows, and each trial can be repeated from its number alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from training.fit import Parameters
from training.trial import Trial, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training.validation import Split

MOST_TREES: Final = 4000
"""Fits end earlier, when the validation rows stop getting better."""


def drawn(seed: int, number: int, *, trees: int = MOST_TREES) -> Parameters:
    """Give the parameters of a trial: number 0 has today's, so that all are compared with them."""
    if number == 0:
        return Parameters(iterations=trees)
    generator = np.random.default_rng([seed, number])
    return Parameters(
        iterations=trees,
        depth=int(generator.integers(5, 10)),
        learning_rate=float(np.exp(generator.uniform(np.log(0.03), np.log(0.2)))),
        l2_leaf_reg=float(np.exp(generator.uniform(np.log(1.0), np.log(30.0)))),
        border_count=int(generator.choice([64, 128, 254])),
        subsample=float(generator.uniform(0.5, 1.0)),
        colsample=float(generator.uniform(0.3, 1.0)),
        weight_power=float(generator.choice([0.0, 0.5, 1.0])),
    )


def search(split: Split, seed: int, trials: int, *, trees: int = MOST_TREES) -> Iterator[Trial]:
    """Run the trials one by one, for the caller to stop when the time is over."""
    for number in range(trials):
        yield run(f"trial {number}", split, drawn(seed, number, trees=trees))
