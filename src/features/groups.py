"""What the features are about: the groups that explanations word and ablations leave out."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from features.contract import FEATURE_NAMES


class Group(StrEnum):
    """A subject that a player would name."""

    ATTACK = "attack"
    ACCURACY = "accuracy"
    ORDER = "order"
    EFFECTS = "effects"
    FOLLOW_UP = "follow_up"
    FOE = "foe"
    FORMS = "forms"
    KNOWLEDGE = "knowledge"
    GAMES = "games"


_BY_START: Final = (
    (("games_",), Group.GAMES),
    (("foe_first", "foe_later"), Group.FOE),
    (("reply", "best_", "expected_lost"), Group.FOLLOW_UP),
    (("move_hit_chance", "move_crashes"), Group.ACCURACY),
    (("first", "move_priority"), Group.ORDER),
    (("lands_", "self_", "foe_", "move_drain", "move_recoil", "move_heal"), Group.EFFECTS),
    (
        (
            "move_self_destructs",
            "move_charges",
            "move_vanishes",
            "move_recharges",
            "move_locks_in",
            "move_reflect",
            "move_light_screen",
            "move_substitute",
            "move_protect",
            "move_haze",
        ),
        Group.EFFECTS,
    ),
    (("move_",), Group.ATTACK),
    (("a_moves", "b_moves", "b_known"), Group.KNOWLEDGE),
    (("a_speed", "b_speed", "speed_"), Group.ORDER),
    (("a_", "b_", "hp_"), Group.FORMS),
)
"""Beginnings of names, the first that fits decides."""


def group_of(name: str) -> Group:
    """Give a feature's group.

    Raises:
        ValueError: the table has no place for the name.

    """
    for starts, group in _BY_START:
        if name.startswith(starts):
            return group
    raise ValueError(f"no group for the feature {name}")


FEATURES_OF: Final[dict[Group, tuple[str, ...]]] = {
    group: tuple(name for name in FEATURE_NAMES if group_of(name) is group) for group in Group
}
"""The features of each group, in the order of the contract."""
