"""What rows of recommended moves come to: counts that add up, over any span of time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from features.bins import bins

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Rows, by bin of every feature, by win probability and by form."""

    bins: str
    """Version of the bins."""
    rows: int
    features: list[int]
    """By bin, one feature after the other, see :class:`features.bins.Bins`."""
    win_probabilities: list[int]
    """By bucket of :data:`features.bins.PROBABILITY_BOUNDS`."""
    forms_a: dict[int, int]
    """By id of A's form."""
    forms_b: dict[int, int]

    def feature(self, position: int) -> list[int]:
        """Give the counts of the bins of one feature."""
        start, end = bins().starts[position : position + 2]
        return self.features[start:end]


def total(parts: Sequence[Counts]) -> Counts:
    """Add counts up.

    Raises:
        ValueError: there are none, or they were made with different bins.

    """
    versions = {part.bins for part in parts}
    if len(versions) != 1:
        raise ValueError(f"counts of {len(versions)} versions of the bins do not add up")
    return Counts(
        bins=versions.pop(),
        rows=sum(part.rows for part in parts),
        features=_sum(part.features for part in parts),
        win_probabilities=_sum(part.win_probabilities for part in parts),
        forms_a=merged(part.forms_a for part in parts),
        forms_b=merged(part.forms_b for part in parts),
    )


def merged(counts: Iterable[dict[int, int]]) -> dict[int, int]:
    """Add up counts by key."""
    found: Counter[int] = Counter()
    for part in counts:
        found.update(part)
    return dict(sorted(found.items()))


def _sum(counts: Iterable[list[int]]) -> list[int]:
    summed: list[int] = np.sum([*counts], axis=0).tolist()
    return summed
