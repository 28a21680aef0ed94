"""The facts of one opening that explanations are worded from, read off its feature row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from features.dex import TYPE_IDENTIFIERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AILMENTS: Final = (
    "burn",
    "paralysis",
    "poison",
    "toxic",
    "sleep",
    "freeze",
    "confusion",
    "flinch",
    "trap",
    "leech_seed",
)
FOE_AILMENTS: Final = ("burn", "paralysis", "poison", "freeze", "confusion", "flinch")
EFFECTS: Final = (
    "move_self_destructs",
    "move_recharges",
    "move_charges",
    "move_locks_in",
    "move_recoil",
    "move_drain",
    "move_heal",
    "move_reflect",
    "move_light_screen",
    "move_substitute",
    "move_protect",
    "move_haze",
)
CONDITIONS: Final = (
    "move_first_turn_only",
    "move_needs_attacking_target",
    "move_needs_sleeping_target",
)
STAGES: Final = {
    "self": ("attack", "defense", "special_attack", "special_defense", "speed", "evasion"),
    "foe": ("attack", "defense", "special_attack", "special_defense", "speed", "accuracy"),
}
STATS: Final = ("hp", "attack", "defense", "special_attack", "special_defense", "speed")

SURE: Final = 0.995
WORTH_SAYING: Final = 1 - SURE
"""A share or chance below this is 0% to a reader."""
_EVEN: Final = 0.5
_PSYCHIC: Final = 1 + TYPE_IDENTIFIERS.index("psychic")


class Landing(NamedTuple):
    """An ailment that a move brings, and how likely one use does."""

    ailment: str
    chance: float


class StageChange(NamedTuple):
    """What one use does to a stat, in stages, on average."""

    side: str
    stat: str
    stages: float


@dataclass(frozen=True, slots=True)
class Facts:
    """What a move's explanation is worded from."""

    a: str
    b: str
    move: str
    types_a: str
    """A's types by name, as ``types_b`` B's."""
    types_b: str
    row: Mapping[str, float]
    """The features by name."""

    def __getitem__(self, feature: str) -> float:
        """Give a feature."""
        return self.row[feature]

    @property
    def ailments(self) -> Sequence[Landing]:
        """What the opening may bring upon B."""
        return self._landings("lands_", AILMENTS)

    @property
    def foe_ailments(self) -> Sequence[Landing]:
        """What B's first move may bring upon A."""
        return self._landings("foe_first_lands_", FOE_AILMENTS)

    @property
    def effects(self) -> Sequence[str]:
        """What else the opening does, by the names of its features."""
        return [feature for feature in EFFECTS if self.row[feature]]

    @property
    def conditions(self) -> Sequence[str]:
        """What the opening needs in order to work, likewise."""
        return [feature for feature in CONDITIONS if self.row[feature]]

    @property
    def stage_changes(self) -> Sequence[StageChange]:
        """What the opening does to stats."""
        return [
            StageChange(side, stat, self.row[f"{side}_{stat}_stages"])
            for side, stats in STAGES.items()
            for stat in stats
            if self.row[f"{side}_{stat}_stages"]
        ]

    def first(self, feature: str) -> str | None:
        """Name who acts first by a feature that gives A's chance; nobody where chance decides."""
        chance = self.row[feature]
        return None if chance == _EVEN else self.a if chance > _EVEN else self.b

    @property
    def has_stab(self) -> bool:
        """Whether the same-type bonus adds to what the opening does."""
        return self._has_power and self.row["move_stab"] > 1

    @property
    def multiple(self) -> float | None:
        """The opening's type multiplier against B, where it is worth a word."""
        return _multiple(self.row["move_effectiveness"]) if self._has_power else None

    @property
    def foe_multiple(self) -> float | None:
        """That of B's first move against A."""
        return _multiple(self.row["foe_first_effectiveness"]) if self._foe_has_power else None

    @property
    def _has_power(self) -> bool:
        """Whether types scale the opening's damage; damage without power is what it is."""
        return self.row["move_effective_power"] > 0

    @property
    def _foe_has_power(self) -> bool:
        # A row lacks the power of B's move, but damage that comes of power is rolled. Of the rest
        # only Psywave's is: from half to three halves, which no other Psychic move's range is.
        least, most = self.row["foe_first_least"], self.row["foe_first_most"]
        is_psywave = self.row["foe_first_type"] == _PSYCHIC and most > 2 * least
        return most > least and not is_psywave

    def _landings(self, start: str, ailments: Sequence[str]) -> Sequence[Landing]:
        return [
            Landing(ailment, self.row[start + ailment])
            for ailment in ailments
            if self.row[start + ailment]
        ]


def _multiple(effectiveness: float) -> float | None:
    return None if effectiveness in {0, 1} else effectiveness
