"""The bins are a part of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from features.bins import FIRST, NULL, OUTSIDE, PROBABILITY_BOUNDS, QUANTILES, bins, divide
from features.contract import CONTRACT_VERSION, FEATURE_NAMES, FEATURES
from features.counting import count
from features.units import RANGES
from telemetry.signals import schema
from training import dataset, reference, released
from training.released import release

if TYPE_CHECKING:
    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor


def test_every_feature_of_the_contract_is_divided() -> None:
    """The file is of this contract; cuts ascend within what the unit allows."""
    divided = bins()

    assert divided.version.startswith(CONTRACT_VERSION)
    assert [feature.name for feature in divided.features] == list(FEATURE_NAMES)
    for feature, divided_as in zip(FEATURES, divided.features, strict=True):
        low, high = RANGES[feature.unit]
        cuts = np.array(divided_as.cuts, np.float32)
        assert len(cuts) >= 1
        assert (np.diff(cuts) > 0).all()
        assert low <= cuts[0] <= cuts[-1] <= high, (feature.name, feature.unit)
        assert len(divided_as.labels) == len(cuts) + 1 + FIRST
        assert bool(divided_as.values) != bool(divided_as.edges)


def test_probabilities_fall_into_the_buckets_of_their_metric() -> None:
    """A report and ``model_win_probability`` divide alike."""
    assert schema().buckets["probability"] == PROBABILITY_BOUNDS


def test_the_file_is_what_the_released_reference_gives(
    frames: MatchupFrames, champion: Predictor
) -> None:
    """Edges come from nowhere else, and the released baseline is counted in them."""
    labels = dataset.read(released.LABELS_FILE)
    recommended = reference.build(frames, champion, labels)
    rows = recommended.features.to_numpy()
    # Which values a feature can have is found among all training rows, which takes longer than a
    # test should; its edges come from the reference alone.
    found = msgspec.json.decode(divide(rows, rows))["features"]
    for feature, again in zip(bins().features, found, strict=True):
        if feature.edges and "edges" in again:
            assert feature.edges == again["edges"], feature.name
    assert release().baseline == recommended.baseline
    assert release().contract_version == CONTRACT_VERSION


@pytest.mark.parametrize(
    ("value", "place"),
    [(np.nan, NULL), (-0.5, OUTSIDE), (1.5, OUTSIDE), (np.inf, OUTSIDE), (0.0, FIRST)],
)
def test_every_value_falls_into_one_bin(value: float, place: int) -> None:
    """What is no number, or beyond the unit's range, has a bin of its own."""
    position = FEATURE_NAMES.index("games_win_rate")
    rows = np.zeros((3, len(FEATURE_NAMES)), np.float32)
    rows[:, position] = value

    counted = count(rows, np.zeros(3), np.ones(3, np.int32), np.ones(3, np.int32))

    assert counted.feature(position)[place] == 3
    assert {sum(counted.feature(each)) for each in range(len(FEATURE_NAMES))} == {3}


def test_a_decile_holds_a_tenth() -> None:
    """Of the population that the edges were taken from, where no value is too frequent."""
    baseline = release().baseline
    assert baseline is not None
    margin = baseline.feature(FEATURE_NAMES.index("games_margin"))
    assert len(margin) == FIRST + QUANTILES
    assert margin[:FIRST] == [0, 0]
    assert max(margin[FIRST:]) < 0.11 * baseline.rows
