"""The start of a duel: both sides fresh, their moves in slots, the first choices made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.duel import facts as f
from features.duel import state as s
from features.duel.attack import choose, expected_damage, measure_slot, preference
from features.duel.compiled import kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from features.duel.board import Board

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_KEPT: Final = (4, 4, 2)
"""Of moves whose damage follows attack, special attack or neither; CANDIDATES in all."""
_TAKEN: Final = 1e9
"""Worth of a move that has its slot: more than any damage."""


@kernel
def prepare_side(board: Board, me: int, forms: Ints, form: int) -> None:
    """Bring a side to the start of a duel."""
    state = board.state
    for column in range(s.COLUMNS):
        state[me, column] = 0
    state[me, s.HP] = forms[form, f.F_HP]
    state[me, s.FULL_HP] = forms[form, f.F_HP]
    for stat in range(5):
        state[me, s.STATS + stat] = forms[form, f.F_ATTACK + stat]
    state[me, s.TYPE1] = forms[form, f.F_TYPE1]
    state[me, s.TYPE2] = forms[form, f.F_TYPE2]
    state[me, s.WEIGHT] = forms[form, f.F_WEIGHT]
    state[me, s.LAST_SLOT] = -1
    state[me, s.CALLED_SLOT] = -1
    state[me, s.STALE] = 1


@kernel
def prepare_slots(  # a kernel has no object to hold these
    board: Board, learnt: Ints, begin: int, end: int, me: int, worth: Floats
) -> None:
    """Fill a side's slots with its moves ``learnt[begin:end]``, in order, and let it choose.

    Of more than there are slots for, the ones of each kind that the policy likes best are taken, so
    that it finds its choice also after a change of stages, then the first of the others.
    """
    moves, state, slots = board.moves, board.state, board.slots
    if end - begin > s.CANDIDATES:
        _mark_strongest(board, learnt, begin, end, me, worth)
    used = 0
    for index in range(begin, end):
        if end - begin > s.CANDIDATES and worth[index - begin] != _TAKEN:
            continue
        slots[me, used, s.S_MOVE] = learnt[index]
        slots[me, used, s.S_PP] = moves[learnt[index], f.M_PP]
        if moves[learnt[index], f.M_FIRST_TURN_ONLY]:
            state[me, s.TIRES] = 1
        used += 1
    state[me, s.SLOTS_USED] = used
    choose(board, me)


@kernel
def _mark_strongest(  # a kernel has no object to hold these
    board: Board, learnt: Ints, begin: int, end: int, me: int, worth: Floats
) -> None:
    count = end - begin
    moves = board.moves
    for index in range(count):
        move = learnt[begin + index]
        board.slots[me, 0, s.S_MOVE] = move
        measure_slot(board, me, 0)
        worth[index] = preference(board, move, expected_damage(board, me, 0))
    taken = 0
    for kind in range(len(_KEPT)):
        for _ in range(_KEPT[kind]):
            best = -1
            most = 0.0
            for index in range(count):
                fits = _kind(moves, learnt[begin + index]) == kind
                if fits and most < worth[index] < _TAKEN:
                    best = index
                    most = worth[index]
            if best >= 0:
                worth[best] = _TAKEN
                taken += 1
    for index in range(count):
        if taken < s.CANDIDATES and worth[index] != _TAKEN:
            worth[index] = _TAKEN
            taken += 1


@kernel
def _kind(moves: Ints, move: int) -> int:
    """Tell what a move's damage follows: attack 0, special attack 1, neither 2."""
    if moves[move, f.M_RULE] not in (f.RULE_STANDARD, f.RULE_WEIGHT):
        return 2
    return 0 if moves[move, f.M_CATEGORY] == f.PHYSICAL else 1


@kernel
def copy_start(board: Board, start: Board) -> None:
    """Set the board back to the start."""
    for me in range(2):
        for column in range(s.COLUMNS):
            board.state[me, column] = start.state[me, column]
        for slot in range(start.state[me, s.SLOTS_USED]):
            _copy_slot(board, start, me, slot)
    _copy_slot(board, start, s.A, s.OPENING)


@kernel
def _copy_slot(board: Board, start: Board, me: int, slot: int) -> None:
    for column in range(s.SLOT_COLUMNS):
        board.slots[me, slot, column] = start.slots[me, slot, column]
