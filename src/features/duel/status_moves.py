"""The use of moves that do no damage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.duel import facts as f
from features.duel import state as s
from features.duel.attack import has_type, hit_chance
from features.duel.compiled import kernel
from features.duel.effects import afflict, reset_stages, shift_stages
from features.duel.luck import HIT, draw, uniform
from features.duel.sides import heal, outdate_choices, raise_screen

if TYPE_CHECKING:
    from features.duel.board import Board


@kernel
def use_status_move(board: Board, me: int, slot: int) -> None:
    """Use a move that does no damage."""
    moves, state, slots = board.moves, board.state, board.slots
    move = slots[me, slot, s.S_MOVE]
    effect = moves[move, f.M_EFFECT]
    if moves[move, f.M_AILMENT] or moves[move, f.M_BOOST_TARGET] == f.BOOST_FOE:
        _status_on_foe(board, me, move, slot)
        return
    outdate_choices(board)
    if moves[move, f.M_BOOST_TARGET] == f.BOOST_SELF:
        shift_stages(board, me, move, False)
        if moves[move, f.M_BOOSTS + 6] > 1:  # evasion by two stages: Minimize
            state[me, s.MINIMIZED] = 1
    elif effect == f.REST:
        if state[me, s.HP] < state[me, s.FULL_HP] and state[me, s.AILMENT] != f.SLEEP:
            state[me, s.HP] = state[me, s.FULL_HP]
            state[me, s.AILMENT] = f.SLEEP
            state[me, s.SLEEP_LEFT] = 3
    elif moves[move, f.M_HEAL]:
        heal(board, me, (state[me, s.FULL_HP] * moves[move, f.M_HEAL] + 50) // 100)
    elif effect == f.REFLECT:
        raise_screen(board, me, s.REFLECT_LEFT)
    elif effect == f.LIGHT_SCREEN:
        raise_screen(board, me, s.LIGHT_SCREEN_LEFT)
    elif effect == f.MIST:
        raise_screen(board, me, s.MIST_LEFT)
    elif effect == f.PROTECT:
        _protect(board, me)
    elif effect == f.SUBSTITUTE:
        cost = state[me, s.FULL_HP] // 4
        if state[me, s.SUBSTITUTE_HP] == 0 and 4 * state[me, s.HP] > state[me, s.FULL_HP]:
            state[me, s.HP] -= cost
            state[me, s.SUBSTITUTE_HP] = cost
            state[me, s.TRAP_LEFT] = 0
    elif effect == f.HAZE:
        reset_stages(board, me)
        reset_stages(board, 1 - me)
    elif effect == f.FOCUS_ENERGY:
        state[me, s.FOCUSED] = 1
    elif effect == f.CONVERSION:
        first = moves[slots[me, 0, s.S_MOVE], f.M_TYPE]
        if not has_type(board, me, first):
            state[me, s.TYPE1] = first
            state[me, s.TYPE2] = 0
    elif effect == f.TRANSFORM:
        _transform(board, me)
    elif effect == f.MIMIC:
        _mimic(board, me)


@kernel
def _status_on_foe(board: Board, me: int, move: int, slot: int) -> None:
    moves, state, slots = board.moves, board.state, board.slots
    sure = moves[move, f.M_AILMENT] == f.TOXIC and has_type(board, me, f.POISON_TYPE)
    if state[1 - me, s.VANISHED] and not sure:
        return
    if state[1 - me, s.SUBSTITUTE_HP] > 0 and not moves[move, f.M_SOUND]:
        return
    if moves[move, f.M_POWDER] and has_type(board, 1 - me, f.GRASS):
        return
    if moves[move, f.M_TYPE] == f.ELECTRIC and slots[me, slot, s.S_QUARTERS] == 0:
        return
    if not sure and draw(board, me, HIT) >= hit_chance(board, me, move):
        return
    if moves[move, f.M_AILMENT]:
        afflict(board, 1 - me, moves[move, f.M_AILMENT])
        outdate_choices(board)
    else:
        shift_stages(board, 1 - me, move, True)


@kernel
def _protect(board: Board, me: int) -> None:
    """Block the foe's move, if it is still to come; each time in a row a third as likely."""
    state = board.state
    again = state[me, s.STALLS]
    if state[1 - me, s.MOVED] or (again > 0 and uniform(board) * 3**again >= 1):
        state[me, s.STALLS] = 0
        return
    state[me, s.PROTECTED] = 1
    state[me, s.STALLS] = again + 1
    state[me, s.STALL_LEFT] = 2


@kernel
def _transform(board: Board, me: int) -> None:
    state, slots = board.state, board.slots
    if state[1 - me, s.SUBSTITUTE_HP] > 0 or state[1 - me, s.VANISHED]:
        return
    if state[me, s.TRANSFORMED] or state[1 - me, s.TRANSFORMED]:
        return
    state[me, s.TRANSFORMED] = 1
    for column in range(s.STATS, s.STAGES + s.STAGE_COUNT):
        state[me, column] = state[1 - me, column]
    used = min(state[1 - me, s.SLOTS_USED], s.CANDIDATES)
    for index in range(used):
        slots[me, index, s.S_MOVE] = slots[1 - me, index, s.S_MOVE]
        slots[me, index, s.S_PP] = 5
    state[me, s.SLOTS_USED] = used


@kernel
def _mimic(board: Board, me: int) -> None:
    """Learn the foe's last move, in the place of Mimic itself or after the others."""
    moves, state, slots = board.moves, board.state, board.slots
    last = state[1 - me, s.LAST_SLOT]
    if last < 0:
        return
    copied = slots[1 - me, last, s.S_MOVE]
    place = state[me, s.SLOTS_USED]
    for index in range(state[me, s.SLOTS_USED]):
        if slots[me, index, s.S_MOVE] == copied:
            return
        if moves[slots[me, index, s.S_MOVE], f.M_EFFECT] == f.MIMIC:
            place = index
    slots[me, place, s.S_MOVE] = copied
    slots[me, place, s.S_PP] = moves[copied, f.M_PP]
    state[me, s.SLOTS_USED] = max(state[me, s.SLOTS_USED], place + 1)
