"""What can keep a side from its action: ailments, a flinch, what it did before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.duel import facts as f
from features.duel import state as s
from features.duel.compiled import kernel
from features.duel.luck import HINDRANCE, draw, uniform
from features.duel.sides import outdate_choices, plain_damage

if TYPE_CHECKING:
    from features.duel.board import Board

_CONFUSION_POWER: Final = 40
_CONFUSED_HITS_ITSELF: Final = 0.33
_PARALYSED_STAYS: Final = 0.25
_THAWS: Final = 0.2


@kernel
def kept_from_acting(board: Board, me: int, slot: int) -> bool:
    """Tell whether something keeps the side from its action; hurts a confused side."""
    moves, state, slots = board.moves, board.state, board.slots
    state[me, s.RAGING] = 0
    if state[me, s.LOCK] == s.LOCK_RECHARGE:
        state[me, s.LOCK] = s.LOCK_NONE
        return True
    if state[me, s.AILMENT] == f.SLEEP:
        state[me, s.SLEEP_LEFT] -= 1
        if state[me, s.SLEEP_LEFT] > 0:
            return True
        state[me, s.AILMENT] = 0
        outdate_choices(board)
    elif state[me, s.AILMENT] == f.FREEZE:
        thaws = slot >= 0 and moves[slots[me, slot, s.S_MOVE], f.M_THAWS_USER] > 0
        if not thaws and draw(board, me, HINDRANCE) >= _THAWS:
            return True
        state[me, s.AILMENT] = 0
        outdate_choices(board)
    if state[me, s.FLINCHED]:
        return True
    if slot >= 0 and state[me, s.DISABLED_LEFT] > 0 and state[me, s.DISABLED_SLOT] == slot:
        return True
    if slot >= 0 and state[me, s.TAUNTED_LEFT] > 0:
        quiet = moves[slots[me, slot, s.S_MOVE], f.M_CATEGORY] == f.STATUS
        if quiet and state[me, s.LOCK] == s.LOCK_NONE:
            return True
    if state[me, s.CONFUSED_LEFT] > 0:
        state[me, s.CONFUSED_LEFT] -= 1
        if state[me, s.CONFUSED_LEFT] > 0:
            chance = draw(board, me, HINDRANCE)
            if chance < _CONFUSED_HITS_ITSELF:
                damage = plain_damage(board, me, me, _CONFUSION_POWER, uniform(board))
                state[me, s.HP] = max(0, state[me, s.HP] - damage)
                return True
            if state[me, s.AILMENT] == f.PARALYSIS:
                return uniform(board) < _PARALYSED_STAYS
            return False
    if state[me, s.AILMENT] == f.PARALYSIS:
        return draw(board, me, HINDRANCE) < _PARALYSED_STAYS
    return False


@kernel
def abort(board: Board, me: int) -> None:
    """Lose what was prepared."""
    state = board.state
    if state[me, s.LOCK] in (s.LOCK_CHARGE, s.LOCK_BIDE):
        state[me, s.LOCK] = s.LOCK_NONE
        state[me, s.VANISHED] = 0
        state[me, s.BIDE_LEFT] = 0
