"""One game, from the first turn to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.duel import facts as f
from features.duel import state as s
from features.duel.action import act
from features.duel.attack import choose
from features.duel.board import TURN
from features.duel.compiled import kernel
from features.duel.luck import toss
from features.duel.sides import speed
from features.duel.turn_end import GOES_ON, end_turn

if TYPE_CHECKING:
    from features.duel.board import Board

TURN_CAP: Final = 200
WIN: Final = 2
DRAW: Final = 1
LOSS: Final = 0


@kernel
def _decide(board: Board, me: int) -> int:
    """Give the slot that a side uses this turn."""
    state, slots = board.state, board.slots
    if state[me, s.LOCK] != s.LOCK_NONE:
        return state[me, s.LOCK_SLOT]
    if state[me, s.ENCORE_LEFT] > 0 and slots[me, state[me, s.LAST_SLOT], s.S_PP] > 0:
        return state[me, s.LAST_SLOT]
    if state[me, s.STALE] or state[me, s.FOLLOWS_HP]:
        choose(board, me)
    return state[me, s.CHOICE]


@kernel
def _priority(board: Board, me: int, slot: int) -> int:
    moves, state, slots = board.moves, board.state, board.slots
    if slot < 0 or state[me, s.LOCK] == s.LOCK_RECHARGE:
        return 0
    return moves[slots[me, slot, s.S_MOVE], f.M_PRIORITY]


@kernel
def _first_to_act(board: Board, own_priority: int, foe_priority: int) -> int:
    """Tell which side acts first; equal speeds toss."""
    own, foe = own_priority, foe_priority
    if own == foe:
        own, foe = speed(board, s.A), speed(board, s.B)
    if own == foe:
        return s.A if toss(board) else s.B
    return s.A if own > foe else s.B


@kernel
def play(board: Board) -> tuple[int, int]:
    """Play a game to its end from the state and the slots on the board, A's opening among them.

    Returns:
        WIN, DRAW or LOSS of A, and the turns it took.

    """
    state = board.state
    for turn in range(TURN_CAP):
        board.clock[TURN] = turn
        own = s.OPENING if turn == 0 else _decide(board, s.A)
        foe = _decide(board, s.B)
        first = _first_to_act(board, _priority(board, s.A, own), _priority(board, s.B, foe))
        for place in range(2):
            me = first if place == 0 else 1 - first
            slot, other = (own, foe) if me == s.A else (foe, own)
            act(board, me, slot, other)
            state[me, s.MOVED] = 1
            if state[1 - me, s.HP] <= 0:  # who faints last has won
                return (WIN if me == s.A else LOSS), turn + 1
            if state[me, s.HP] <= 0:
                return (LOSS if me == s.A else WIN), turn + 1
        if turn == 0:  # what works on the first turn only is worth nothing now
            for me in range(2):
                if state[me, s.TIRES]:
                    state[me, s.STALE] = 1
        winner = end_turn(board, first)
        if winner != GOES_ON:
            return (WIN if winner == s.A else LOSS), turn + 1
    return DRAW, TURN_CAP
