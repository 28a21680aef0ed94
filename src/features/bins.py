"""The bins in which values of each feature are counted: a part of the feature contract.

A feature of few values has a bin for each; any other has the deciles of the reference population,
open at both ends. Before them stands a bin for what is no number, and one for what the feature's
unit does not allow; the last bin of a feature of few values is for any other value. Every value
thus falls into exactly one bin.

The edges were taken once, from the released reference (``scripts/feature_bins.py``), and change
with the contract alone, so that counts of any two times add up.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from features.contract import CONTRACT_VERSION, FEATURE_NAMES, FEATURES
from features.units import RANGES

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS_FILE: Final = "bins.json"
"""Its name beside this module."""
MOST_VALUES: Final = 20
"""A feature with at most so many values has a bin for each."""
QUANTILES: Final = 10
DIGITS: Final = 4
"""After the point, to which deciles are rounded."""
PROBABILITY_BOUNDS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Upper bounds of the bins of win probabilities: the buckets of ``model_win_probability``."""

NULL: Final = 0
OUTSIDE: Final = 1
FIRST: Final = 2
"""Positions among the bins of a feature: no number, beyond its unit's range, the first value."""


class FeatureBins(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one feature is divided: by its values, or by edges of which each ends a bin."""

    name: str
    values: list[float] = []
    edges: list[float] = []

    @property
    def cuts(self) -> list[float]:
        """The values or the edges, ascending."""
        return self.values or self.edges

    @property
    def labels(self) -> list[str]:
        """Name the bins."""
        if self.values:
            return ["null", "outside", *(f"{value:.3g}" for value in self.values), "other"]
        shown = [round(edge, DIGITS - 1) for edge in self.edges]
        between = [f"{low:.4g} to {high:.4g}" for low, high in pairwise(shown)]
        ends = f"to {shown[0]:.4g}", f"over {shown[-1]:.4g}"
        return ["null", "outside", ends[0], *between, ends[1]]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    contract: str
    features: list[FeatureBins]


@dataclass(frozen=True, slots=True)
class Bins:
    """The bins of all features as arrays."""

    version: str
    """Counts under another version do not add up with these."""
    features: tuple[FeatureBins, ...]
    starts: NDArray[np.int64]
    """Where each feature's counts begin in a flat array of all; the last is the length."""
    cuts: NDArray[np.float32]
    """By place and feature; infinity below the last of a feature."""
    lengths: NDArray[np.int8]
    """How many each feature has."""
    exact: NDArray[np.bool_]
    """Whether a feature has a bin for each value."""
    lows: NDArray[np.float32]
    highs: NDArray[np.float32]


@cache
def bins() -> Bins:
    """Read the file that stands beside this module.

    Raises:
        ValueError: it is of another contract.

    """
    content = files("features").joinpath(BINS_FILE).read_bytes()
    found = msgspec.json.decode(content, type=_File)
    if found.contract != CONTRACT_VERSION or [f.name for f in found.features] != [*FEATURE_NAMES]:
        raise ValueError(
            f"{BINS_FILE} is of contract {found.contract}, this is {CONTRACT_VERSION}: "
            "run scripts/feature_bins.py"
        )
    lengths = np.array([len(feature.cuts) for feature in found.features], np.int8)
    cuts = np.full((lengths.max() + 1, len(lengths)), np.inf, np.float32)
    for position, feature in enumerate(found.features):
        cuts[: lengths[position], position] = feature.cuts
    ranges = np.array([RANGES[feature.unit] for feature in FEATURES], np.float32)
    return Bins(
        version=f"{CONTRACT_VERSION}-{hashlib.sha256(content).hexdigest()[:8]}",
        features=tuple(found.features),
        # As many bins as cuts and one, beside those for what is no value.
        starts=np.concatenate([[0], np.cumsum(lengths + 1 + FIRST)]),
        cuts=cuts,
        lengths=lengths,
        exact=np.array([bool(feature.values) for feature in found.features]),
        lows=np.ascontiguousarray(ranges[:, 0]),
        highs=np.ascontiguousarray(ranges[:, 1]),
    )


def divide(reference: NDArray[np.float32], training: NDArray[np.float32]) -> bytes:
    """Make the file: deciles of the reference, and all values that training rows have."""
    divided = []
    for position, name in enumerate(FEATURE_NAMES):
        values = np.unique(training[:, position])
        if len(values) <= MOST_VALUES:
            divided.append({"name": name, "values": _written(values)})
            continue
        column = reference[:, position]
        deciles = np.quantile(column, np.arange(1, QUANTILES) / QUANTILES, method="inverted_cdf")
        # Half a step beyond: no value stands so near to an edge that its last bits decide.
        edges = np.unique(np.round(deciles, DIGITS)).astype(np.float64) + 0.5 * 10**-DIGITS
        # An edge at the highest value would leave nothing above it.
        divided.append({"name": name, "edges": _written(edges[edges < column.max()])})
    lines = ",\n    ".join(msgspec.json.encode(feature).decode() for feature in divided)
    return (
        f'{{\n  "contract": "{CONTRACT_VERSION}",\n  "features": [\n    {lines}\n  ]\n}}\n'.encode()
    )


def _written(values: NDArray[np.floating]) -> list[float]:
    """Give the shortest numbers that are these in 32 bits."""
    return [float(str(value)) for value in values.astype(np.float32)]
