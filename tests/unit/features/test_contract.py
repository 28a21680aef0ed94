"""The contract of the features."""

from __future__ import annotations

from features.contract import CONTRACT_VERSION, FEATURE_NAMES, FEATURES
from features.groups import FEATURES_OF


def test_there_are_133_features_with_a_unit_and_a_meaning_each() -> None:
    """The contract names 133 distinct features, none without unit or meaning."""
    assert len(FEATURES) == 133
    assert len(set(FEATURE_NAMES)) == 133
    assert all(feature.unit and feature.meaning for feature in FEATURES)


def test_the_contract_version_is_a_revision_and_a_hash() -> None:
    """A model can name the contract it was trained on in one short word."""
    revision, _, digest = CONTRACT_VERSION.partition("-")
    assert revision.isdigit()
    assert len(digest) == 8


def test_every_feature_belongs_to_one_group() -> None:
    """Explanations and ablations leave nothing out, and no group is empty."""
    grouped = [name for names in FEATURES_OF.values() for name in names]
    assert sorted(grouped) == sorted(FEATURE_NAMES)
    assert all(FEATURES_OF.values())
