"""Names and places of what is laid out of an opening, as :mod:`features.contract` describes."""

from __future__ import annotations

from typing import Final

from features.duel import facts as f

_DAMAGE: Final = ("expected", "least", "most", "ko_chance", "hits_to_ko")
_REPLY: Final = (
    *_DAMAGE,
    "category",
    "hit_chance",
    "priority",
    "uses_per_turn",
    "recoil",
    "effectiveness",
    "self_destructs",
)
OPENING_AILMENTS: Final = f.AILMENTS[f.BURN : f.LEECH_SEED + 1]
FOE_AILMENTS: Final = ("burn", "paralysis", "poison", "freeze", "confusion", "flinch")
"""The ailments that damaging moves, which B always chooses, can bring."""

COLUMNS: Final = (
    "move_power",
    "move_hit_chance",
    "move_stab",
    "move_effectiveness",
    "move_effective_power",
    *(f"lands_{ailment}" for ailment in OPENING_AILMENTS),
    *(f"move_{column}" for column in _DAMAGE),
    *(f"reply_{column}" for column in _REPLY),
    "reply_is_opening",
    *(f"foe_first_{column}" for column in _REPLY),
    "foe_first_type",
    *(f"foe_first_lands_{ailment}" for ailment in FOE_AILMENTS),
    "foe_later_expected",
    "foe_later_hits_to_ko",
    "best_expected",
    "expected_lost",
    "first",
    "first_later",
    "a_moves",
    "b_moves",
    "b_known",
    "games_win_rate",
    "games_margin",
    "games_spread",
    "games_turns",
    "games_own_hp",
    "games_foe_hp",
    "games_won_by_2",
    "games_lost_by_2",
    "games_unlucky",
    "games_lucky",
)

# Places of the columns that kernels write one by one.
LANDS: Final = COLUMNS.index("lands_burn")
MOVE: Final = COLUMNS.index("move_expected")
REPLY: Final = COLUMNS.index("reply_expected")
IS_OPENING: Final = COLUMNS.index("reply_is_opening")
FOE_FIRST: Final = COLUMNS.index("foe_first_expected")
FOE_TYPE: Final = COLUMNS.index("foe_first_type")
FOE_LANDS: Final = COLUMNS.index("foe_first_lands_burn")
FOE_LATER: Final = COLUMNS.index("foe_later_expected")
BEST: Final = COLUMNS.index("best_expected")
FIRST: Final = COLUMNS.index("first")
COUNTS: Final = COLUMNS.index("a_moves")
GAMES: Final = COLUMNS.index("games_win_rate")
FOE_CODES: Final = tuple(f.AILMENTS.index(ailment) for ailment in FOE_AILMENTS)
