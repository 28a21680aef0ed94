"""The features that training reads by name."""

from __future__ import annotations

from features.contract import FEATURE_NAMES
from training.feature_roles import ROLES


def test_named_features_are_in_the_contract() -> None:
    """A renamed feature is noticed here, and not in a training run."""
    assert set(ROLES) <= set(FEATURE_NAMES)
