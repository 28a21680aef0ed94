"""Features that training reads by name, held against the contract by a test."""

from __future__ import annotations

from typing import Final

EFFECTIVE_POWER: Final = "move_effective_power"
"""Power x same-type bonus x type multiplier of the opening."""
HIT_CHANCE: Final = "move_hit_chance"
"""Chance that the opening hits."""
EXPECTED_DAMAGE: Final = "move_expected"
"""What the policy ranks moves by, as a share of the foe's HP."""
PHYSICS: Final = "games_win_rate"
"""Share that A wins of the games which the features play, with nothing learnt."""

ROLES: Final = (EFFECTIVE_POWER, HIT_CHANCE, EXPECTED_DAMAGE, PHYSICS)
