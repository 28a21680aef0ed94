"""Count rows into the bins, a cut of all features at a time.

Numpy does it: a process that writes files would pay for a compiler with more memory than for all
else that it loads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from features.bins import FIRST, NULL, OUTSIDE, PROBABILITY_BOUNDS, bins
from features.counts import Counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.bins import Bins

CHUNK_ROWS: Final = 500
"""Few enough to stay in the processor's cache, and to take little memory however many come."""


def count(
    rows: NDArray[np.float32],
    win_probabilities: NDArray[np.float64],
    forms_a: NDArray[np.generic],
    forms_b: NDArray[np.generic],
) -> Counts:
    """Count rows of features, in contract order, of recommended moves."""
    divided = bins()
    counted = np.zeros(divided.starts[-1], np.int64)
    for start in range(0, len(rows), CHUNK_ROWS):
        chunk = np.ascontiguousarray(rows[start : start + CHUNK_ROWS], np.float32)
        places = _places(chunk, divided) + divided.starts[:-1]
        counted += np.bincount(places.ravel(), minlength=len(counted))
    buckets = np.searchsorted(PROBABILITY_BOUNDS, win_probabilities)
    return Counts(
        bins=divided.version,
        rows=len(rows),
        features=counted.tolist(),
        win_probabilities=np.bincount(buckets, minlength=len(PROBABILITY_BOUNDS)).tolist(),
        forms_a=_by_id(forms_a),
        forms_b=_by_id(forms_b),
    )


def _by_id(forms: NDArray[np.generic]) -> dict[int, int]:
    ids, numbers = np.unique(forms, return_counts=True)
    return dict(zip(ids.tolist(), numbers.tolist(), strict=True))


def _places(rows: NDArray[np.float32], divided: Bins) -> NDArray[np.int8]:
    """Tell for every value which of its feature's bins it is in."""
    below = np.zeros(rows.shape, np.int8)
    for cut in divided.cuts[:-1]:
        below += cut < rows
    is_cut = divided.cuts[below, np.arange(rows.shape[1])] == rows
    places = np.where(divided.exact & ~is_cut, divided.lengths, below) + np.int8(FIRST)
    places[(rows < divided.lows) | (rows > divided.highs)] = OUTSIDE
    places[np.isnan(rows)] = NULL
    return places
