"""A model's trees as flat arrays, summed by a kernel that holds no lock of the interpreter.

Before CatBoost predicts it makes a pool of the rows: for a few rows that takes five times as long
as the prediction, and the event loop waits for it. The trees are simple: each asks a row the same
six questions or fewer, whose answers number a leaf. CatBoost trains them, keeps them, explains
them, and says whether the sums here are its own, to the last bit.
"""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from features.duel.compiled import is_cached, kernel
from inference.catboost_alone import CatBoostError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inference.catboost_alone import CatBoost

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Rows = NDArray[np.float32]

logger = logging.getLogger(__name__)

BLOCK: Final = 32
"""Rows that are taken through all trees together: they stay in the processor's nearest cache."""
FEWEST_PROBES: Final = 1024
"""Rows by which the sums are compared with CatBoost's; more where a feature has many borders."""


class _Split(msgspec.Struct):
    border: float
    float_feature_index: int
    """Left out by CatBoost where a split is of another kind; then this is no model for here."""


class _Tree(msgspec.Struct):
    splits: list[_Split]
    leaf_values: list[float]


class _Model(msgspec.Struct):
    """What CatBoost's JSON form says of a model of symmetric trees."""

    oblivious_trees: list[_Tree]
    scale_and_bias: tuple[float, tuple[float]]


@dataclass(frozen=True, slots=True)
class Trees:
    """Every tree's questions and leaves, one tree after the other."""

    features: Ints
    """Columns that are asked about; tree *i* asks ``splits[i]:splits[i + 1]`` of them."""
    borders: Rows
    splits: Ints
    leaves: Floats
    """Tree *i* has ``leaves[leaf_starts[i]:leaf_starts[i + 1]]``."""
    leaf_starts: Ints
    scale: float
    bias: float

    @classmethod
    def of(cls, model: CatBoost) -> Trees | None:
        """Take a model apart; None where its predictions cannot be had in this way."""
        try:
            trees = cls._read(_as_json(model))
        except (msgspec.ValidationError, OSError, CatBoostError) as error:
            logger.warning("the model's trees are left to CatBoost: %s", error)
            return None
        probes = trees.probes(len(model.feature_names_))
        theirs = model.predict(probes, prediction_type="RawFormulaVal", thread_count=1)
        if not np.array_equal(trees.sum(probes), theirs):
            logger.warning("the model's trees are left to CatBoost, whose sums are others")
            return None
        return trees

    def sum(self, rows: Rows) -> Floats:
        """Give the model's raw value for each row: shape (rows, features), C order."""
        sums = np.zeros(len(rows))
        block = np.empty((rows.shape[1], BLOCK), dtype=np.float32)
        places = np.empty(BLOCK, dtype=np.int64)
        _sum(
            rows,
            self.features,
            self.borders,
            self.splits,
            self.leaves,
            self.leaf_starts,
            block,
            places,
            sums,
        )
        return sums * self.scale + self.bias

    @classmethod
    def _read(cls, text: bytes) -> Trees:
        model = msgspec.json.decode(text, type=_Model)
        splits = [split for tree in model.oblivious_trees for split in tree.splits]
        scale, (bias,) = model.scale_and_bias
        return cls(
            features=np.array([split.float_feature_index for split in splits], dtype=np.int64),
            borders=np.array([split.border for split in splits], dtype=np.float32),
            splits=_starts([len(tree.splits) for tree in model.oblivious_trees]),
            leaves=np.concatenate([tree.leaf_values for tree in model.oblivious_trees]),
            leaf_starts=_starts([len(tree.leaf_values) for tree in model.oblivious_trees]),
            scale=scale,
            bias=bias,
        )

    def probes(self, width: int) -> Rows:
        """Make rows of values that lie at the model's own borders, and right beside them."""
        draw = np.random.default_rng(0)
        below, above = np.float32(-np.inf), np.float32(np.inf)
        met = {}
        for feature in np.unique(self.features):
            borders = np.unique(self.borders[self.features == feature])
            met[feature] = np.concatenate(
                (borders, np.nextafter(borders, below), np.nextafter(borders, above), [np.nan])
            )
        count = max(FEWEST_PROBES, *map(len, met.values()))
        rows = np.zeros((count, width), dtype=np.float32)
        for feature, values in met.items():
            rows[:, feature] = draw.permutation(np.resize(values, count))
        return rows


def compile_ahead() -> None:
    """Compile the kernel, unless it is cached."""
    nothing, nowhere = np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64)
    none = np.zeros(0, dtype=np.float32)
    Trees(nothing, none, nowhere, np.zeros(0), nowhere, 1.0, 0.0).sum(
        np.zeros((0, 1), dtype=np.float32)
    )


def is_compiled() -> bool:
    """Tell whether the kernel is in the cache."""
    return is_cached(_sum)


def _as_json(model: CatBoost) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        return path.read_bytes()


def _starts(lengths: list[int]) -> Ints:
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))


@kernel
def _sum(  # noqa: PLR0913, PLR0917  # a kernel takes flat arrays
    rows: Rows,
    features: Ints,
    borders: Rows,
    splits: Ints,
    leaves: Floats,
    leaf_starts: Ints,
    block: Rows,
    places: Ints,
    sums: Floats,
) -> None:
    """Add each row's leaf of every tree to its sum, in the order of the trees."""
    for first in range(0, rows.shape[0], BLOCK):
        size = min(BLOCK, rows.shape[0] - first)
        for row in range(size):
            for feature in range(rows.shape[1]):
                block[feature, row] = rows[first + row, feature]
        for tree in range(splits.shape[0] - 1):
            start = leaf_starts[tree]
            for row in range(size):
                places[row] = start
            bit = 1
            for split in range(splits[tree], splits[tree + 1]):
                feature, border = features[split], borders[split]
                for row in range(size):
                    places[row] += bit * (block[feature, row] > border)
                bit *= 2
            for row in range(size):
                sums[first + row] += leaves[places[row]]
