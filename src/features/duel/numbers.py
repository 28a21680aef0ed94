"""Numbers of the game's damage and of the policy, for kernels and for the contract's expressions.

They stand apart from the kernels since a process that only reads the contract need not load a
compiler.
"""

from __future__ import annotations

from typing import Final

LEVEL: Final = 50
LEVEL_FACTOR: Final = 22  # floor(2 * 50 / 5 + 2)
MEAN_ROLL: Final = 0.925
STAB: Final = 1.5
CRIT: Final = 1.5
OHKO_SHARE: Final = 0.3
"""Share of the target's HP that the policy expects of a one-hit-KO move."""
SEVERAL_HITS: Final = 3.1
CRIT_CHANCES: Final = (1 / 24, 1 / 8, 1 / 2, 1.0)
"""Chance of a critical hit by stage (generation 7)."""
LAST_RESORT: Final = 1e-9
"""Makes any self-KO move that does damage worth less than any other that does."""
CERTAIN_CRIT_STAGE: Final = 3
FOCUS_STAGES: Final = 2
