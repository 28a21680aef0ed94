"""Units of the features."""

from typing import Final

CHANCE: Final = "probability"
CODE: Final = "code"
COUNT: Final = "count"
FLAG: Final = "0 or 1"
HP: Final = "HP"
RATIO: Final = "ratio"
SHARE: Final = "share of full HP"
STAGES: Final = "stages"
STAT: Final = "level-50 stat"
TURNS: Final = "turns"
