"""What moves do beside damage: ailments and stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.duel import facts as f
from features.duel import state as s
from features.duel.attack import has_type
from features.duel.compiled import kernel
from features.duel.luck import uniform

if TYPE_CHECKING:
    from features.duel.board import Board


@kernel
def immune(board: Board, me: int, ailment: int) -> bool:
    """Tell whether the side's types keep this ailment off."""
    if ailment == f.BURN:
        return has_type(board, me, f.FIRE)
    if ailment == f.PARALYSIS:
        return has_type(board, me, f.ELECTRIC)
    if ailment in (f.POISON, f.TOXIC):
        return has_type(board, me, f.POISON_TYPE) or has_type(board, me, f.STEEL)
    if ailment == f.FREEZE:
        return has_type(board, me, f.ICE)
    if ailment == f.LEECH_SEED:
        return has_type(board, me, f.GRASS)
    return False


@kernel
def confuse(board: Board, me: int) -> None:
    """Confuse a side for two to five of its actions."""
    state = board.state
    if state[me, s.CONFUSED_LEFT] == 0:
        state[me, s.CONFUSED_LEFT] = 2 + int(4 * uniform(board))


@kernel
def afflict(board: Board, me: int, ailment: int) -> bool:
    """Give a side an ailment, unless its types or what it has already keep it off."""
    state = board.state
    if ailment == f.TRI_ATTACK:
        which = int(3 * uniform(board))
        ailment = f.BURN if which == 0 else (f.PARALYSIS if which == 1 else f.FREEZE)
    if immune(board, me, ailment):
        return False
    if ailment <= f.FREEZE:
        if state[me, s.AILMENT] > 0:
            return False
        state[me, s.AILMENT] = ailment
        state[me, s.TOXIC_STAGE] = 0
        if ailment == f.SLEEP:
            state[me, s.SLEEP_LEFT] = 2 + int(3 * uniform(board))
    elif ailment == f.CONFUSION:
        if state[me, s.CONFUSED_LEFT] > 0:
            return False
        confuse(board, me)
    elif ailment == f.FLINCH:
        state[me, s.FLINCHED] = 1
    elif ailment == f.TRAP:
        if state[me, s.TRAP_LEFT] == 0:
            state[me, s.TRAP_LEFT] = 5 + int(2 * uniform(board))
    elif ailment == f.LEECH_SEED:
        state[me, s.SEEDED] = 1
    elif ailment == f.YAWN:
        if state[me, s.AILMENT] > 0 or state[me, s.YAWN_LEFT] > 0:
            return False
        state[me, s.YAWN_LEFT] = 2
    elif ailment == f.TAUNT:
        if state[me, s.TAUNTED_LEFT] > 0:
            return False
        state[me, s.TAUNTED_LEFT] = 4 if state[me, s.MOVED] else 3
    elif ailment == f.ENCORE:
        if state[me, s.LAST_SLOT] < 0:
            return False
        state[me, s.ENCORE_LEFT] = 4 if state[me, s.MOVED] else 3
    elif ailment == f.DISABLE:
        if state[me, s.LAST_SLOT] < 0 or state[me, s.DISABLED_LEFT] > 0:
            return False
        state[me, s.DISABLED_SLOT] = state[me, s.LAST_SLOT]
        state[me, s.DISABLED_LEFT] = 5 if state[me, s.MOVED] else 4
    return True


@kernel
def shift_stages(board: Board, me: int, move: int, by_foe: bool) -> None:
    """Change a side's stages as the move says."""
    moves, state = board.moves, board.state
    for index in range(s.STAGE_COUNT):
        change = moves[move, f.M_BOOSTS + index]
        if change == 0 or (by_foe and change < 0 and state[me, s.MIST_LEFT] > 0):
            continue
        state[me, s.STAGES + index] = min(6, max(-6, state[me, s.STAGES + index] + change))
    state[0, s.STALE] = 1
    state[1, s.STALE] = 1


@kernel
def reset_stages(board: Board, me: int) -> None:
    """Bring all stages of a side back to 0."""
    state = board.state
    for index in range(s.STAGE_COUNT):
        state[me, s.STAGES + index] = 0
