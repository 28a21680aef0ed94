"""Units of the features, and what a value of each can be."""

from collections.abc import Mapping
from typing import Final

CHANCE: Final = "probability"
CODE: Final = "code"
COUNT: Final = "count"
FLAG: Final = "0 or 1"
HP: Final = "HP"
POWER: Final = "power"
RATIO: Final = "ratio"
SHARE: Final = "share of full HP"
STAGES: Final = "stages"
STAT: Final = "level-50 stat"
TURNS: Final = "turns"
WEIGHT: Final = "hg"

RANGES: Final[Mapping[str, tuple[float, float]]] = {
    CHANCE: (0, 1),
    CODE: (0, 18),  # types are numbered up to 18
    COUNT: (-7, 223),  # from the lowest priority to the number of moves there are
    FLAG: (0, 1),
    HP: (0, 999),
    POWER: (0, 2_000),
    RATIO: (0, 100),
    SHARE: (-100, 100),
    STAGES: (-6, 6),
    STAT: (1, 999),
    TURNS: (0, 200),  # where the simulator calls a draw
    WEIGHT: (0, 10_000),
}
"""Lowest and highest value by unit: one beyond them was not computed as the contract says."""
