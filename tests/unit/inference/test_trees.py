"""A model's trees summed here are CatBoost's own sums, or left to it."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from catboost import CatBoost, Pool

from features.contract import FEATURE_NAMES
from inference.predictor import Predictor
from inference.trees import BLOCK, FEWEST_PROBES, Trees
from training import released


@pytest.fixture(scope="module")
def champion() -> CatBoost:
    """Load the released model."""
    model = CatBoost()
    model.load_model(str(released.MODEL_FILE))
    return model


@pytest.mark.parametrize("count", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 500])
def test_the_sums_are_catboosts_to_the_last_bit(champion: CatBoost, count: int) -> None:
    """For any number of rows, of whatever values, also beyond all borders."""
    trees = Trees.of(champion)
    assert trees is not None
    shape = (count, len(FEATURE_NAMES))
    rows = np.random.default_rng(count).normal(scale=50, size=shape).astype(np.float32)
    rows[rows < -60] = -np.inf
    theirs = champion.predict(rows, prediction_type="RawFormulaVal") if count else np.zeros(0)
    assert trees.sum(rows).tolist() == theirs.tolist()


def test_the_probes_meet_every_border(champion: CatBoost) -> None:
    """Each border has probes at it and on both sides of it, where a wrong comparison would show."""
    trees = Trees.of(champion)
    assert trees is not None
    probes = trees.probes(len(FEATURE_NAMES))
    below, above = (np.nextafter(trees.borders, np.float32(end)) for end in (-np.inf, np.inf))
    for feature, *around in zip(trees.features, trees.borders, below, above, strict=True):
        assert set(around) <= set(probes[:, feature])
    assert np.isnan(probes[:, trees.features[0]]).any()


def test_a_feature_of_many_borders_has_as_many_probes() -> None:
    """However finely a model cuts, no border is left out."""
    rows = np.random.default_rng(2).random((4000, 2), dtype=np.float32)
    model = CatBoost(
        {"iterations": 400, "border_count": 1000, "allow_writing_files": False, "verbose": 0}
    )
    model.fit(Pool(rows, label=np.sin(60 * rows[:, 0]) + rows[:, 1]))
    trees = Trees.of(model)
    assert trees is not None
    probes = trees.probes(2)
    assert len(probes) > FEWEST_PROBES
    for feature, border in zip(trees.features, trees.borders, strict=True):
        assert border in probes[:, feature]


@pytest.mark.parametrize("grow_policy", ["Depthwise", "Lossguide"])
def test_trees_of_another_kind_are_left_to_catboost(
    grow_policy: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A model whose trees are not symmetric is predicted by CatBoost, and that is said."""
    rows = np.random.default_rng(1).random((200, 3), dtype=np.float32)
    model = CatBoost(
        {"iterations": 5, "grow_policy": grow_policy, "allow_writing_files": False, "verbose": 0}
    )
    model.fit(Pool(rows, label=rows[:, 0] * rows[:, 1]))
    with caplog.at_level(logging.WARNING):
        assert Trees.of(model) is None
    assert "left to CatBoost" in caplog.text
    assert Predictor(model, "v1").predict(rows).shape == (200,)


def test_other_sums_are_noticed(champion: CatBoost, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the sums are not CatBoost's own, by however little, they are not used."""
    honest = Trees.sum
    monkeypatch.setattr(Trees, "sum", lambda trees, rows: np.nextafter(honest(trees, rows), 9))
    assert Trees.of(champion) is None
