"""The end of a turn: residual damage in the game's order, then what runs out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.duel import facts as f
from features.duel import state as s
from features.duel.compiled import kernel
from features.duel.effects import afflict
from features.duel.sides import end_rampage, outdate_choices

if TYPE_CHECKING:
    from features.duel.board import Board

GOES_ON: Final = -1
"""Neither side has fainted."""


@kernel
def end_turn(board: Board, first: int) -> int:
    """Let the turn end: residual damage in the game's order, then what runs out.

    Returns:
        The side that won because the other fainted, or GOES_ON.

    """
    state = board.state
    for step in range(4):
        for place in range(2):
            me = first if place == 0 else 1 - first
            damage = 0
            if step == 0 and state[me, s.SEEDED]:
                damage = max(1, state[me, s.FULL_HP] // 8)
                state[1 - me, s.HP] = min(
                    state[1 - me, s.FULL_HP], state[1 - me, s.HP] + min(damage, state[me, s.HP])
                )
            elif step == 1 and state[me, s.AILMENT] == f.POISON:
                damage = max(1, state[me, s.FULL_HP] // 8)
            elif step == 1 and state[me, s.AILMENT] == f.TOXIC:
                state[me, s.TOXIC_STAGE] = min(15, state[me, s.TOXIC_STAGE] + 1)
                damage = max(1, state[me, s.FULL_HP] // 16) * state[me, s.TOXIC_STAGE]
            elif step == 2 and state[me, s.AILMENT] == f.BURN:
                damage = max(1, state[me, s.FULL_HP] // 16)
            elif step == 3 and state[me, s.TRAP_LEFT] > 0:
                state[me, s.TRAP_LEFT] -= 1
                if state[me, s.TRAP_LEFT] > 0:
                    damage = max(1, state[me, s.FULL_HP] // 8)
            if damage > 0:
                state[me, s.HP] -= damage
                if state[me, s.HP] <= 0:
                    return 1 - me
    for me in range(2):
        _run_out(board, me)
    return GOES_ON


@kernel
def _run_out(board: Board, me: int) -> None:
    """Count down what lasts a number of turns."""
    state = board.state
    state[me, s.FLINCHED] = 0
    state[me, s.PROTECTED] = 0
    state[me, s.MOVED] = 0
    state[me, s.PHYSICAL_TAKEN] = 0
    state[me, s.SPECIAL_TAKEN] = 0
    if state[me, s.LOCK] == s.LOCK_RAMPAGE:
        state[me, s.RAMPAGE_HOLD] -= 1
        if state[me, s.RAMPAGE_HOLD] == 0:
            end_rampage(board, me)
        elif state[me, s.AILMENT] == f.SLEEP:
            state[me, s.LOCK] = s.LOCK_NONE
            state[me, s.RAMPAGE_LEFT] = 0
        else:
            state[me, s.RAMPAGE_LEFT] -= 1
    if state[me, s.STALL_LEFT] > 0:
        state[me, s.STALL_LEFT] -= 1
        if state[me, s.STALL_LEFT] == 0:
            state[me, s.STALLS] = 0
    if state[me, s.BIDE_LEFT] > 0:
        state[me, s.BIDE_LEFT] -= 1
    if state[me, s.YAWN_LEFT] > 0:
        state[me, s.YAWN_LEFT] -= 1
        if state[me, s.YAWN_LEFT] == 0:
            afflict(board, me, f.SLEEP)
            outdate_choices(board)
    for timer in (
        s.REFLECT_LEFT,
        s.LIGHT_SCREEN_LEFT,
        s.MIST_LEFT,
        s.DISABLED_LEFT,
        s.ENCORE_LEFT,
        s.TAUNTED_LEFT,
    ):
        if state[me, timer] > 0:
            state[me, timer] -= 1
            if state[me, timer] == 0:
                outdate_choices(board)
