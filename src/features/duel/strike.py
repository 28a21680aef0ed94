"""The use of a damaging move: whether it hits, how hard, and what comes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.duel import facts as f
from features.duel import state as s
from features.duel.attack import crit_chance, halvings, hit_chance, measure_slot, rolled
from features.duel.compiled import kernel
from features.duel.effects import afflict, reset_stages, shift_stages
from features.duel.luck import EFFECT, HIT, draw, uniform
from features.duel.numbers import CERTAIN_CRIT_STAGE, FOCUS_STAGES, LEVEL
from features.duel.sides import crash, heal, outdate_choices, plain_damage, raise_screen, take_hit

if TYPE_CHECKING:
    from features.duel.board import Board

_STRUGGLE_POWER: Final = 50
_SEVERAL_HITS: Final = (0.35, 0.70, 0.85)
"""Up to where of a draw two, three and four hits reach; beyond are five."""


@kernel
def fails(board: Board, me: int, move: int, foe_slot: int) -> bool:
    """Tell whether a damaging move fails before it is tried."""
    moves, state, slots = board.moves, board.state, board.slots
    if moves[move, f.M_NEEDS_ATTACK]:
        if state[1 - me, s.MOVED] or state[1 - me, s.LOCK] == s.LOCK_RECHARGE:
            return True
        return foe_slot >= 0 and (
            moves[slots[1 - me, foe_slot, s.S_MOVE], f.M_CATEGORY] == f.STATUS
        )
    if moves[move, f.M_FIRST_TURN_ONLY]:
        return state[me, s.ACTIONS] > 1
    return moves[move, f.M_NEEDS_SLEEP] > 0 and state[1 - me, s.AILMENT] != f.SLEEP


@kernel
def strike(board: Board, me: int, slot: int) -> bool:
    """Use a damaging move; tells whether it hit."""
    moves, state, slots = board.moves, board.state, board.slots
    move = slots[me, slot, s.S_MOVE]
    if moves[move, f.M_RULE] == f.RULE_COUNTER:
        physical = moves[move, f.M_CATEGORY] == f.PHYSICAL
        returned = 2 * (state[me, s.PHYSICAL_TAKEN] if physical else state[me, s.SPECIAL_TAKEN])
        if returned == 0 or state[1 - me, s.VANISHED] or slots[me, slot, s.S_QUARTERS] == 0:
            return False
        take_hit(board, me, returned, False)
        return True
    vanished, reaches = state[1 - me, s.VANISHED], moves[move, f.M_REACHES]
    reached = reaches == vanished or (reaches == f.REACHES_AIR and vanished == f.AIR)
    if slots[me, slot, s.S_QUARTERS] == 0 or (vanished and not reached):
        crash(board, me, move)
        return False
    chance = hit_chance(board, me, move)
    luckily = draw(board, me, HIT)
    if luckily >= chance:
        crash(board, me, move)
        return False
    luckily /= chance
    if moves[move, f.M_EFFECT] == f.BRICK_BREAK:
        state[1 - me, s.REFLECT_LEFT] = 0
        state[1 - me, s.LIGHT_SCREEN_LEFT] = 0
        outdate_choices(board)
    rule = moves[move, f.M_RULE]
    formula = rule in (f.RULE_STANDARD, f.RULE_WEIGHT)
    crit_stage = moves[move, f.M_CRIT_STAGE] + (FOCUS_STAGES if state[me, s.FOCUSED] else 0)
    critical = crit_chance(CERTAIN_CRIT_STAGE if moves[move, f.M_ALWAYS_CRITS] else crit_stage)
    passes = moves[move, f.M_SOUND] > 0
    dealt = 0
    for number in range(_number_of_hits(board, move)):
        if number > 0:
            luckily = uniform(board)
        shielded = state[1 - me, s.SUBSTITUTE_HP] > 0 and not passes
        if formula:
            # One number tells whether it is critical and, rescaled, the roll.
            crit = luckily < critical
            share = luckily / critical if crit else (luckily - critical) / (1 - critical)
            damage = rolled(
                slots[me, slot, s.S_CRIT_BASE] if crit else slots[me, slot, s.S_BASE],
                100 - int(16 * share),
                crit,
                slots[me, slot, s.S_STAB] > 0,
                slots[me, slot, s.S_QUARTERS],
                halvings(board, me, move, crit),
            )
            if (vanished and reaches == vanished) or (
                moves[move, f.M_CRUSHES] and state[1 - me, s.MINIMIZED]
            ):
                damage *= 2
        else:
            damage = _fixed_damage(board, me, move)
        done = take_hit(board, me, damage, passes)
        dealt += done
        if state[1 - me, s.HP] <= 0:
            break
        if shielded:
            continue
        if moves[move, f.M_CATEGORY] == f.PHYSICAL:
            state[1 - me, s.PHYSICAL_TAKEN] = done
        else:
            state[1 - me, s.SPECIAL_TAKEN] = done
        if state[1 - me, s.RAGING] and state[1 - me, s.STAGES] < 6:  # the greatest stage
            state[1 - me, s.STAGES] += 1
            outdate_choices(board)
        if state[1 - me, s.AILMENT] == f.FREEZE and (
            moves[move, f.M_TYPE] == f.FIRE or moves[move, f.M_EFFECT] == f.THAWS
        ):
            state[1 - me, s.AILMENT] = 0
            outdate_choices(board)
        _side_effects(board, me, move, number)
    if moves[move, f.M_DRAIN]:
        heal(board, me, (dealt * moves[move, f.M_DRAIN] + 50) // 100)
    if moves[move, f.M_RECOIL]:
        state[me, s.HP] = max(
            0, state[me, s.HP] - max(1, (dealt * moves[move, f.M_RECOIL] + 50) // 100)
        )
    if state[1 - me, s.HP] > 0:
        _own_effects(board, me, move, slot)
    return True


@kernel
def _number_of_hits(board: Board, move: int) -> int:
    moves = board.moves
    if moves[move, f.M_MAX_HITS] == moves[move, f.M_MIN_HITS]:
        return moves[move, f.M_MAX_HITS]
    chance = uniform(board)
    hits = 2
    for threshold in _SEVERAL_HITS:
        if chance >= threshold:
            hits += 1
    return hits


@kernel
def _fixed_damage(board: Board, me: int, move: int) -> int:
    moves, state = board.moves, board.state
    rule = moves[move, f.M_RULE]
    if rule == f.RULE_FIXED:
        return moves[move, f.M_FIXED]
    if rule == f.RULE_LEVEL:
        return LEVEL
    if rule == f.RULE_PSYWAVE:
        return (50 + int(101 * uniform(board))) * LEVEL // 100
    if rule == f.RULE_HALF_HP:
        return max(1, state[1 - me, s.HP] // 2)
    return state[1 - me, s.FULL_HP]


@kernel
def _side_effects(board: Board, me: int, move: int, number: int) -> None:
    """Let a hit's chance effects come about on the foe."""
    moves = board.moves
    if moves[move, f.M_AILMENT]:
        chance = moves[move, f.M_AILMENT_CHANCE]
        drawn = draw(board, me, EFFECT) if number == 0 else uniform(board)
        if drawn * 100 < chance and afflict(board, 1 - me, moves[move, f.M_AILMENT]):
            outdate_choices(board)
    if moves[move, f.M_BOOST_TARGET] == f.BOOST_FOE:
        drawn = draw(board, me, EFFECT) if number == 0 else uniform(board)
        if drawn * 100 < moves[move, f.M_BOOST_CHANCE]:
            shift_stages(board, 1 - me, move, True)
    if moves[move, f.M_EFFECT] == f.CLEAR_SMOG:
        reset_stages(board, 1 - me)
        outdate_choices(board)


@kernel
def _own_effects(board: Board, me: int, move: int, slot: int) -> None:
    """Do what an attack that hit does to its user and the field."""
    moves, state = board.moves, board.state
    effect = moves[move, f.M_EFFECT]
    if moves[move, f.M_BOOST_TARGET] == f.BOOST_SELF and not moves[move, f.M_CHARGES]:
        shift_stages(board, me, move, False)
    if moves[move, f.M_RECHARGES]:
        state[me, s.LOCK] = s.LOCK_RECHARGE
        state[me, s.LOCK_SLOT] = slot
    if moves[move, f.M_LOCKS_IN]:
        if state[me, s.RAMPAGE_LEFT] == 0:
            state[me, s.RAMPAGE_LEFT] = 2 + int(2 * uniform(board))
            state[me, s.RAMPAGE_HOLD] = 2
            state[me, s.LOCK] = s.LOCK_RAMPAGE
            state[me, s.LOCK_SLOT] = slot
        elif state[me, s.RAMPAGE_LEFT] > 1:
            state[me, s.RAMPAGE_HOLD] = 2
    if effect == f.NO_EFFECT:
        return
    if effect == f.RAGE:
        state[me, s.RAGING] = 1
    elif effect == f.REFLECT:
        raise_screen(board, me, s.REFLECT_LEFT)
    elif effect == f.LIGHT_SCREEN:
        raise_screen(board, me, s.LIGHT_SCREEN_LEFT)
    elif effect == f.HAZE:
        reset_stages(board, s.A)
        reset_stages(board, s.B)
    elif effect == f.AROMATHERAPY:
        state[me, s.AILMENT] = 0
    outdate_choices(board)


@kernel
def struggle(board: Board, me: int) -> None:
    """Attack without a usable move; it costs a quarter of the full HP."""
    state = board.state
    damage = plain_damage(board, me, 1 - me, _STRUGGLE_POWER, uniform(board))
    take_hit(board, me, damage, False)
    state[me, s.HP] = max(0, state[me, s.HP] - max(1, (state[me, s.FULL_HP] + 2) // 4))


@kernel
def bide(board: Board, me: int, slot: int) -> None:
    """Store what the foe deals, and give it back doubled on the third turn."""
    state, slots = board.state, board.slots
    if state[me, s.LOCK] != s.LOCK_BIDE:
        state[me, s.LOCK] = s.LOCK_BIDE
        state[me, s.LOCK_SLOT] = slot
        state[me, s.BIDE_LEFT] = 3
        state[me, s.BIDE_DAMAGE] = 0
        return
    if state[me, s.BIDE_LEFT] > 1:
        return
    state[me, s.LOCK] = s.LOCK_NONE
    state[me, s.BIDE_LEFT] = 0
    measure_slot(board, me, slot)
    if (
        slots[me, slot, s.S_QUARTERS] > 0
        and not state[1 - me, s.VANISHED]
        and not state[1 - me, s.PROTECTED]
    ):
        take_hit(board, me, 2 * state[me, s.BIDE_DAMAGE], False)
