"""One action of a side, from what hinders it to what its move does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.duel import facts as f
from features.duel import state as s
from features.duel.attack import measure_slot
from features.duel.compiled import kernel
from features.duel.effects import shift_stages
from features.duel.hindrance import abort, kept_from_acting
from features.duel.luck import uniform
from features.duel.sides import crash, end_rampage
from features.duel.status_moves import use_status_move
from features.duel.strike import bide, fails, strike, struggle

if TYPE_CHECKING:
    from features.duel.board import Board

STRUGGLE: Final = -1
"""Stands for a slot when no move is usable."""


@kernel
def act(board: Board, me: int, slot: int, foe_slot: int) -> None:
    """Let a side use the move in a slot (-1: Struggle); ``foe_slot`` is what the foe chose."""
    _use(board, me, slot, foe_slot)
    state = board.state
    if state[me, s.CALLED_SLOT] >= 0 and state[me, s.LOCK] == s.LOCK_NONE:
        board.slots[me, state[me, s.CALLED_SLOT], s.S_MOVE] = state[me, s.CALLER]
        state[me, s.CALLED_SLOT] = -1
        state[me, s.STALE] = 1


@kernel
def _use(board: Board, me: int, slot: int, foe_slot: int) -> None:
    """Use the move in a slot, or Struggle."""
    moves, state, slots = board.moves, board.state, board.slots
    state[me, s.ACTIONS] += 1
    if kept_from_acting(board, me, slot):
        abort(board, me)
        return
    if slot == STRUGGLE:
        struggle(board, me)
        return
    move = slots[me, slot, s.S_MOVE]
    if moves[move, f.M_RULE] == f.RULE_BIDE:
        if state[me, s.LOCK] != s.LOCK_BIDE:
            slots[me, slot, s.S_PP] -= 1
        state[me, s.LAST_SLOT] = slot
        bide(board, me, slot)
        return
    if state[me, s.LOCK] == s.LOCK_NONE:
        slots[me, slot, s.S_PP] -= 1
        if slots[me, slot, s.S_PP] == 0:
            state[me, s.STALE] = 1
    state[me, s.LAST_SLOT] = slot
    if moves[move, f.M_EFFECT] == f.METRONOME or moves[move, f.M_EFFECT] == f.MIRROR_MOVE:
        called = _called(board, me, move)
        if called < 0:
            return
        # The called move takes the slot until its use is over.
        state[me, s.CALLED_SLOT] = slot
        state[me, s.CALLER] = move
        slots[me, slot, s.S_MOVE] = called
        move = called
        state[me, s.STALE] = 1
    if state[me, s.STALE] or slot == s.OPENING or state[1 - me, s.STALE]:
        measure_slot(board, me, slot)
    if moves[move, f.M_CHARGES]:
        if state[me, s.LOCK] != s.LOCK_CHARGE:
            state[me, s.LOCK] = s.LOCK_CHARGE
            state[me, s.LOCK_SLOT] = slot
            state[me, s.VANISHED] = moves[move, f.M_VANISHES]
            if moves[move, f.M_BOOST_TARGET] == f.BOOST_SELF:
                shift_stages(board, me, move, False)
            return
        state[me, s.LOCK] = s.LOCK_NONE
        state[me, s.VANISHED] = 0
    if moves[move, f.M_CATEGORY] == f.STATUS:
        if state[1 - me, s.PROTECTED] and (
            moves[move, f.M_AILMENT] or moves[move, f.M_BOOST_TARGET] == f.BOOST_FOE
        ):
            return
        use_status_move(board, me, slot)
        return
    if moves[move, f.M_SELF_DESTRUCTS]:
        # Who faints last has won: the target, whether it survives or not.
        state[me, s.HP] = 0
        return
    hit = False
    if state[1 - me, s.PROTECTED] and moves[move, f.M_EFFECT] != f.FEINT:
        crash(board, me, move)
        if state[me, s.LOCK] == s.LOCK_RAMPAGE and state[me, s.RAMPAGE_HOLD] == 2:
            state[me, s.LOCK] = s.LOCK_NONE
            state[me, s.RAMPAGE_LEFT] = 0
    elif not fails(board, me, move, foe_slot):
        hit = strike(board, me, slot)
    if state[me, s.LOCK] == s.LOCK_RAMPAGE and state[me, s.RAMPAGE_HOLD] == 1:
        end_rampage(board, me)
    if hit:
        state[1 - me, s.PROTECTED] = 0


@kernel
def _called(board: Board, me: int, caller: int) -> int:
    """Give the move that Metronome or Mirror Move calls; -1: it fails."""
    moves, state, slots = board.moves, board.state, board.slots
    if moves[caller, f.M_EFFECT] == f.MIRROR_MOVE:
        last = state[1 - me, s.LAST_SLOT]
        if last < 0:
            return -1
        move = slots[1 - me, last, s.S_MOVE]
        # What is aimed at its own user, and what answers a hit, cannot be mirrored.
        if moves[move, f.M_CATEGORY] == f.STATUS:
            aimed = moves[move, f.M_AILMENT] > 0 or moves[move, f.M_BOOST_TARGET] == f.BOOST_FOE
            return move if aimed else -1
        answers = moves[move, f.M_RULE] == f.RULE_COUNTER or moves[move, f.M_RULE] == f.RULE_BIDE
        return -1 if answers else move
    while True:
        move = int(moves.shape[0] * uniform(board))
        if moves[move, f.M_EARLY]:
            return move
