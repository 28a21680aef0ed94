"""Count rows into the bins: one pass of a compiled loop, which holds no lock of the interpreter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from features.bins import FIRST, NULL, OUTSIDE, PROBABILITY_BOUNDS, bins
from features.contract import FEATURE_NAMES
from features.counts import Counts
from features.duel.compiled import is_cached, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


def count(
    rows: NDArray[np.float32],
    win_probabilities: NDArray[np.float64],
    forms_a: NDArray[np.generic],
    forms_b: NDArray[np.generic],
) -> Counts:
    """Count rows of features, in contract order, of recommended moves."""
    divided = bins()
    out = np.zeros(divided.starts[-1], np.int64)
    _count(
        # Whatever else it is given, the kernel would be compiled for anew.
        np.require(rows, np.float32, ["C", "W"]),
        divided.lows,
        divided.highs,
        divided.exact,
        divided.cuts,
        divided.cut_starts,
        divided.starts,
        out,
    )
    places = np.searchsorted(PROBABILITY_BOUNDS, win_probabilities)
    return Counts(
        bins=divided.version,
        rows=len(rows),
        features=out.tolist(),
        win_probabilities=np.bincount(places, minlength=len(PROBABILITY_BOUNDS)).tolist(),
        forms_a=_by_id(forms_a),
        forms_b=_by_id(forms_b),
    )


def compile_ahead() -> None:
    """Compile the kernel, unless it is cached: two seconds that no file should wait for."""
    nothing = np.zeros(0)
    count(np.zeros((0, len(FEATURE_NAMES)), np.float32), nothing, nothing, nothing)


def is_compiled() -> bool:
    """Tell whether the kernel is in the cache."""
    return is_cached(_count)


def _by_id(forms: NDArray[np.generic]) -> dict[int, int]:
    ids, numbers = np.unique(forms, return_counts=True)
    return dict(zip(ids.tolist(), numbers.tolist(), strict=True))


@kernel
def _count(  # noqa: PLR0913, PLR0917  # a kernel takes flat arrays
    rows: NDArray[np.float32],
    lows: NDArray[np.float32],
    highs: NDArray[np.float32],
    exact: NDArray[np.bool_],
    cuts: NDArray[np.float32],
    cut_starts: NDArray[np.int64],
    starts: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    """Add every value to its bin in ``out``."""
    for row in range(rows.shape[0]):
        for feature in range(rows.shape[1]):
            value = rows[row, feature]
            if np.isnan(value):
                out[starts[feature] + NULL] += 1
            elif value < lows[feature] or value > highs[feature]:
                out[starts[feature] + OUTSIDE] += 1
            else:
                place, end = cut_starts[feature], cut_starts[feature + 1]
                while place < end and cuts[place] < value:
                    place += 1
                if exact[feature] and (place == end or cuts[place] != value):
                    place = end
                out[starts[feature] + FIRST + place - cut_starts[feature]] += 1
