"""The groups of features that an ablation leaves out, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.contract import FEATURES

if TYPE_CHECKING:
    from features.contract import Feature

_BY_START = (
    (("games_",), "games played"),
    (("foe_first", "foe_later", "foe_after"), "foe's attacks"),
    (("reply", "best_", "expected_lost"), "own later attacks"),
    (("lands_", "self_", "foe_", "effect_"), "effect of the opening"),
    (("first",), "turn order"),
    (("move_",), "opening"),
    (("a_moves", "b_moves", "b_known"), "what is known"),
    (("a_", "b_", "speed_", "hp_"), "forms"),
)
"""Beginnings of names to the group they are taken for where the contract names none."""


def group_of(feature: Feature) -> str:
    """Give a feature's group: what the contract states, else what its name suggests."""
    stated: str | None = getattr(feature, "group", None)
    if stated:
        return stated
    for starts, group in _BY_START:
        if feature.name.startswith(starts):
            return group
    return "other"


def groups() -> dict[str, tuple[str, ...]]:
    """Give every group with the names of its features, both in the order of the contract."""
    found: dict[str, tuple[str, ...]] = {}
    for feature in FEATURES:
        found[group_of(feature)] = (*found.get(group_of(feature), ()), feature.name)
    return found
