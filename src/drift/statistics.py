"""How far two sets of counts lie apart, and whether chance alone explains it.

The test is Pearson's chi-square of homogeneity: do both come from one population? Bins too sparse
for it are pooled first. Beside it stands the population stability index (PSI), which says how far
they lie apart, less what two samples of one population lie apart on the average.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import chdtrc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

LEAST_EXPECTED: Final = 5.0
"""Rows that each bin is to expect in either sample; with fewer the test's chances are not right."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A window beside its baseline."""

    psi: float
    """Less its mean under no drift, and not below 0."""
    p: float
    """Chance of lying apart so far without drift; 1 where one bin is left."""


def compare(baseline: ArrayLike, window: ArrayLike) -> Comparison:
    """Compare the counts of two samples in the same bins."""
    table = pooled(np.array([baseline, window], np.float64))
    degrees = table.shape[1] - 1  # of freedom
    if degrees < 1:
        return Comparison(0.0, 1.0)
    excess = psi(*table) - degrees * float((1 / table.sum(axis=1)).sum())
    return Comparison(max(0.0, excess), float(chdtrc(degrees, chi_square(table))))


def pooled(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Put bins that expect too little into one, and that, if need be, to the next sparsest."""
    table = table[:, table.any(axis=0)]
    if not table.shape[1]:
        return table
    # The smaller sample is the one that expects least.
    expected = table.sum(axis=0) * (table.sum(axis=1).min() / table.sum())
    order = np.argsort(expected, kind="stable")
    together = int((expected < LEAST_EXPECTED).sum())
    if together and expected[order[:together]].sum() < LEAST_EXPECTED:
        together += 1
    if together < 2:  # noqa: PLR2004  # there is nothing to put together
        return table
    rest = np.delete(table, order[:together], axis=1)
    return np.column_stack([rest, table[:, order[:together]].sum(axis=1)])


def chi_square(table: NDArray[np.float64]) -> float:
    """Give Pearson's statistic of a table of two rows without empty columns."""
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return float(((table - expected) ** 2 / expected).sum())


def psi(baseline: NDArray[np.float64], window: NDArray[np.float64]) -> float:
    """Give the population stability index, with half a row more in every bin.

    So a bin that one sample leaves empty counts for much, and not for infinitely much.
    """
    expected, actual = ((counts + 0.5) / (counts + 0.5).sum() for counts in (baseline, window))
    return float(((actual - expected) * np.log(actual / expected)).sum())


def holm(p: Sequence[float]) -> list[float]:
    """Correct chances for being the smallest of many, after Holm.

    It holds however the tests depend on each other, as those of features that go together do: the
    chance that any is below a level, without any drift, is at most that level.
    """
    order = np.argsort(p, kind="stable")
    scaled = np.asarray(p)[order] * np.arange(len(p), 0, -1)
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(scaled))
    return [float(value) for value in corrected]
