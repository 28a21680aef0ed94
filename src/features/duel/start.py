"""The start of a duel: both sides fresh, their moves in slots, the first choices made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.duel import facts as f
from features.duel import state as s
from features.duel.attack import choose, expected_damage, measure_slot
from features.duel.compiled import kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from features.duel.board import Board

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

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
    state[me, s.STALE] = 1


@kernel
def prepare_slots(  # a kernel has no object to hold these
    board: Board, learnt: Ints, begin: int, end: int, me: int, worth: Floats
) -> None:
    """Fill a side's slots with its moves ``learnt[begin:end]``, in order, and let it choose.

    Of more than there are slots for, the most damaging ones of each category are taken, so that a
    change of stages finds its best move; when nothing does damage, the first.
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
    anything = False
    for index in range(count):
        board.slots[me, 0, s.S_MOVE] = learnt[begin + index]
        measure_slot(board, me, 0)
        worth[index] = expected_damage(board, me, 0)
        anything = anything or worth[index] > 0
    if not anything:
        for index in range(s.CANDIDATES):
            worth[index] = _TAKEN
        return
    for category in (f.PHYSICAL, f.SPECIAL):
        for _ in range(s.CANDIDATES // 2):
            best = -1
            most = 0.0
            for index in range(count):
                fits = board.moves[learnt[begin + index], f.M_CATEGORY] == category
                if fits and most < worth[index] < _TAKEN:
                    best = index
                    most = worth[index]
            if best >= 0:
                worth[best] = _TAKEN


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
