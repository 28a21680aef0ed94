"""Small changes of a side that several kinds of moves make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.duel import facts as f
from features.duel import state as s
from features.duel.attack import staged
from features.duel.compiled import kernel
from features.duel.effects import confuse
from features.duel.numbers import LEVEL_FACTOR

if TYPE_CHECKING:
    from features.duel.board import Board

_DURATION: Final = 5
"""Turns that a screen stays, its first included."""


@kernel
def speed(board: Board, me: int) -> int:
    """Give the speed with its stage and paralysis."""
    state = board.state
    value = staged(state[me, s.SPEED], state[me, s.SPEED_STAGE])
    return value // 2 if state[me, s.AILMENT] == f.PARALYSIS else value


@kernel
def outdate_choices(board: Board) -> None:
    """Let both sides choose anew: something that the choice depends on has changed."""
    state = board.state
    state[0, s.STALE] = 1
    state[1, s.STALE] = 1


@kernel
def heal(board: Board, me: int, amount: int) -> None:
    """Give a side HP, up to its full HP."""
    state = board.state
    state[me, s.HP] = min(state[me, s.FULL_HP], state[me, s.HP] + max(1, amount))


@kernel
def plain_damage(board: Board, me: int, hurt: int, base_power: int, share: float) -> int:
    """Give typeless physical damage without a critical hit: confusion's and Struggle's."""
    state = board.state
    attack = staged(state[me, s.STATS], state[me, s.STAGES])
    defense = max(1, staged(state[hurt, s.STATS + 1], state[hurt, s.STAGES + 1]))
    damage = LEVEL_FACTOR * base_power * attack // defense // 50 + 2
    return max(1, damage * (85 + int(16 * share)) // 100)


@kernel
def take_hit(board: Board, me: int, damage: int, passes: bool) -> int:
    """Let the foe take a hit; gives the damage done. A substitute takes it first."""
    state = board.state
    if state[1 - me, s.SUBSTITUTE_HP] > 0 and not passes:
        damage = min(damage, state[1 - me, s.SUBSTITUTE_HP])
        state[1 - me, s.SUBSTITUTE_HP] -= damage
        return damage
    damage = min(damage, state[1 - me, s.HP])
    state[1 - me, s.HP] -= damage
    state[1 - me, s.BIDE_DAMAGE] += damage
    return damage


@kernel
def raise_screen(board: Board, me: int, screen: int) -> None:
    """Put a screen or a mist up, unless it is up already."""
    state = board.state
    if state[me, screen] == 0:
        state[me, screen] = _DURATION


@kernel
def end_rampage(board: Board, me: int) -> None:
    """End a rampage; one that came to its end confuses."""
    state = board.state
    state[me, s.LOCK] = s.LOCK_NONE
    if state[me, s.RAMPAGE_LEFT] <= 1:
        confuse(board, me)
    state[me, s.RAMPAGE_LEFT] = 0


@kernel
def crash(board: Board, me: int, move: int) -> None:
    """Let a jump that missed hurt its user."""
    moves, state = board.moves, board.state
    if moves[move, f.M_CRASHES]:
        state[me, s.HP] = max(0, state[me, s.HP] - state[me, s.FULL_HP] // 2)
