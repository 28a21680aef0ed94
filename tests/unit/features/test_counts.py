"""Counting, and adding counts up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from features.bins import FIRST, PROBABILITY_BOUNDS, bins
from features.contract import FEATURE_NAMES
from features.counting import CHUNK_ROWS, count
from features.counts import Counts, total

WIDTH = len(FEATURE_NAMES)


def _counted(rows: np.ndarray, seed: int = 0) -> Counts:
    draw = np.random.default_rng(seed)
    return count(
        rows,
        np.round(draw.random(len(rows)), 2),
        draw.integers(1, 5, len(rows)),
        draw.integers(1, 5, len(rows)),
    )


def _around_the_cuts(draw: np.random.Generator, number: int) -> np.ndarray:
    """Draw values at cuts, beside them and anywhere."""
    cuts = np.array([draw.choice(feature.cuts, number) for feature in bins().features]).T
    moved = np.nextafter(cuts.astype(np.float32), draw.choice([-9e9, 9e9], cuts.shape), dtype="f4")
    kind = draw.integers(3, size=cuts.shape)
    anywhere = draw.uniform(-8, 300, cuts.shape)
    return np.select([kind == 0, kind == 1], [cuts, moved], anywhere).astype(np.float32)


def test_each_feature_is_counted_as_it_would_be_alone() -> None:
    """Searching its edges, or comparing with each of its values; over more rows than one chunk."""
    rows = _around_the_cuts(np.random.default_rng(1), CHUNK_ROWS + 1)

    counted = _counted(rows)

    divided = bins()
    for position, feature in enumerate(divided.features):
        column = rows[:, position]
        low, high = divided.lows[position], divided.highs[position]
        inside = column[(column >= low) & (column <= high)]
        cuts = np.array(feature.cuts, np.float32)
        if feature.values:
            expected = [int((inside == value).sum()) for value in cuts]
            expected.append(len(inside) - sum(expected))
        else:
            places = np.searchsorted(cuts, inside)
            expected = np.bincount(places, minlength=len(cuts) + 1).tolist()
        assert counted.feature(position)[FIRST:] == expected, feature.name


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5), st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_counts_of_parts_add_up_to_those_of_the_whole(sizes: list[int], seed: int) -> None:
    """However rows are cut into files, their counts come to the same."""
    draw = np.random.default_rng(seed)
    rows = _around_the_cuts(draw, sum(sizes))
    probabilities = np.round(draw.random(len(rows)), 2)
    forms = draw.integers(1, 152, (2, len(rows)))
    ends = np.cumsum(sizes)
    parts = [
        count(rows[part], probabilities[part], *forms[:, part])
        for part in (slice(end - size, end) for end, size in zip(ends, sizes, strict=True))
    ]

    assert total(parts) == count(rows, probabilities, *forms)


def test_a_probability_at_a_bound_falls_below_it() -> None:
    """As in the metric's histogram: 0.1 is in the first bucket, 0.11 in the second."""
    probabilities = np.array([0.0, 0.1, 0.11, 0.3, 1.0])
    rows = np.zeros((5, WIDTH), np.float32)
    nobody = np.ones(5, np.int32)

    counted = count(rows, probabilities, nobody, nobody)

    assert counted.win_probabilities == [2, 1, 1, 0, 0, 0, 0, 0, 0, 1]
    assert len(PROBABILITY_BOUNDS) == 10


def test_counts_of_other_bins_do_not_add_up() -> None:
    """They are refused rather than mixed."""
    counted = _counted(np.zeros((1, WIDTH), np.float32))
    with pytest.raises(ValueError, match="2 versions"):
        total([counted, replace(counted, bins="of another time")])
