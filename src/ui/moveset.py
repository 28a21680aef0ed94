"""Four moves that a Pokémon might well have, for a start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.schema import MoveItem, PokemonDetail

MOST_MOVES: Final = 20
"""That a question may name."""
SLOTS: Final = 4
"""That a Pokémon has."""
_SAME_TYPE_BONUS: Final = 1.5
_DREAM_EATER: Final = 138
"""It does nothing to a foe that is awake."""
_CHARGED: Final = frozenset({13, 19, 91})
"""Razor Wind, Fly and Dig hit in the second turn."""
_AT_ONCE: Final = 120
"""What has more power takes a second turn, too, or the user's last HP."""


def suggest(detail: PokemonDetail, learnset: Sequence[MoveItem]) -> list[int]:
    """Choose the moves of most power a turn, with accuracy and same-type bonus, one of a type.

    The order of ``learnset``, which is that of a language, makes no difference.
    """
    own = {kind.id for kind in detail.types}

    def strength(move: MoveItem) -> float:
        bonus = _SAME_TYPE_BONUS if move.type.id in own else 1.0
        turns = 3 if move.power > _AT_ONCE else 2 if move.id in _CHARGED else 1
        return move.power / turns * (100 if move.accuracy is None else move.accuracy) * bonus

    chosen: dict[int, int] = {}
    by_id = sorted(learnset, key=lambda move: move.id)
    for move in sorted(by_id, key=strength, reverse=True):
        if move.power > 0 and move.id != _DREAM_EATER and len(chosen) < SLOTS:
            chosen.setdefault(move.type.id, move.id)
    # Ditto, Abra and the like do no damage by themselves.
    return list(chosen.values()) or [move.id for move in by_id[:SLOTS]]
