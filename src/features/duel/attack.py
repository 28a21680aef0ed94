"""Damage of one attack and the policy's choice among a side's slots.

Source of the formula: the simulator's ``getDamage`` and ``modifyDamage`` (generation 7), every
truncation included; of the choice: DESIGN's expected damage, as ``battles/showdown/policy.mjs``
reads it. Both are tested against the simulator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.duel import facts as f
from features.duel import state as s
from features.duel.compiled import kernel
from features.duel.numbers import (
    CERTAIN_CRIT_STAGE,
    CRIT,
    CRIT_CHANCES,
    FOCUS_STAGES,
    LAST_RESORT,
    LEVEL,
    LEVEL_FACTOR,
    MEAN_ROLL,
    OHKO_SHARE,
    SEVERAL_HITS,
    STAB,
)

if TYPE_CHECKING:
    from features.duel.board import Board

_HALF: Final = 2048  # of 4096ths, in which the game multiplies


@kernel
def staged(stat: int, stage: int) -> int:
    """Give a stat at its stage of -6..6."""
    if stage >= 0:
        return stat * (2 + stage) // 2
    # The simulator divides by 1, 1.5, 2 ... 4.
    return stat * 2 // (2 - stage)


@kernel
def hit_percent(accuracy: int, stage: int) -> int:
    """Percentage to hit at a net stage of accuracy over evasion; not for moves that never miss."""
    stage = min(6, max(-6, stage))
    if stage >= 0:
        return min(100, accuracy * (3 + stage) // 3)
    return accuracy * 3 // (3 - stage)


@kernel
def crit_chance(stage: int) -> float:
    """Chance of a critical hit at a stage, which may be beyond the greatest."""
    return CRIT_CHANCES[min(stage, CERTAIN_CRIT_STAGE)]


@kernel
def power_by_weight(hectograms: int) -> int:
    """Low Kick's power."""
    power = 20
    for least, value in ((100, 40), (250, 60), (500, 80), (1000, 100), (2000, 120)):
        if hectograms >= least:
            power = value
    return power


@kernel
def power(board: Board, me: int, move: int) -> int:
    """Give the base power of this attack."""
    moves, state = board.moves, board.state
    if moves[move, f.M_RULE] == f.RULE_WEIGHT:
        return power_by_weight(state[1 - me, s.WEIGHT])
    ails = state[me, s.AILMENT] > 0 and state[me, s.AILMENT] != f.SLEEP
    if moves[move, f.M_EFFECT] == f.FACADE and ails:
        return 2 * moves[move, f.M_POWER]
    return moves[move, f.M_POWER]


@kernel
def stat_columns(board: Board, move: int) -> tuple[int, int]:
    """Give the offsets of the attacking and the defending stat."""
    moves = board.moves
    return (2, 3) if moves[move, f.M_CATEGORY] == f.SPECIAL else (0, 1)


@kernel
def base_damage(board: Board, me: int, move: int, crit: bool) -> int:
    """Damage before crit, roll, same-type bonus and type: the integer that all of them scale.

    A critical hit ignores the user's lowered and the target's raised stages.
    """
    moves, state = board.moves, board.state
    attacking, defending = stat_columns(board, move)
    attacker = 1 - me if moves[move, f.M_FOUL_PLAY] else me
    attack_stage = state[attacker, s.STAGES + attacking]
    defense_stage = state[1 - me, s.STAGES + defending]
    if crit:
        attack_stage = max(0, attack_stage)
        defense_stage = min(0, defense_stage)
    attack = staged(state[attacker, s.STATS + attacking], attack_stage)
    defense = max(1, staged(state[1 - me, s.STATS + defending], defense_stage))
    scaled = LEVEL_FACTOR * power(board, me, move) * attack
    # Exact for whole numbers of this size, and faster than dividing them.
    return int(int(scaled / defense) / 50) + 2


@kernel
def halvings(board: Board, me: int, move: int, crit: bool) -> int:
    """Count what halves the damage: a burn, a screen."""
    moves, state = board.moves, board.state
    physical = moves[move, f.M_CATEGORY] == f.PHYSICAL
    count = 0
    if physical and state[me, s.AILMENT] == f.BURN and moves[move, f.M_EFFECT] != f.FACADE:
        count += 1
    if not crit and moves[move, f.M_EFFECT] != f.BRICK_BREAK:
        screen = state[1 - me, s.REFLECT_LEFT] if physical else state[1 - me, s.LIGHT_SCREEN_LEFT]
        if screen > 0:
            count += 1
    return count


@kernel
def rolled(base: int, percent: int, crit: bool, stab: bool, quarters: int, halves: int) -> int:
    """Exact damage of one hit at a roll of 85 to 100 percent; at least 1."""
    damage = base
    if crit:
        damage = damage * 3 // 2
    damage = damage * percent // 100
    if stab:
        damage = (damage * 6144 + 2047) >> 12
    if quarters >= 4:  # four quarters are one
        damage = damage * (quarters // 4)
    elif quarters == 2:
        damage >>= 1
    else:
        damage = (damage >> 1) >> 1
    for _ in range(halves):
        damage = (damage * _HALF + 2047) >> 12
    return max(1, damage)


@kernel
def type_quarters(board: Board, me: int, attacking: int) -> int:
    """Four times the type multiplier against the foe's one or two types."""
    quarters, state = board.quarters, board.state
    return (
        quarters[attacking, state[1 - me, s.TYPE1]]
        * quarters[attacking, state[1 - me, s.TYPE2]]
        // 4
    )


@kernel
def has_type(board: Board, me: int, code: int) -> bool:
    """Tell whether the side has this type."""
    state = board.state
    return state[me, s.TYPE1] == code or state[me, s.TYPE2] == code


@kernel
def hits(board: Board, move: int) -> float:
    """Mean number of hits."""
    moves = board.moves
    if moves[move, f.M_MAX_HITS] > moves[move, f.M_MIN_HITS]:
        return SEVERAL_HITS
    return float(moves[move, f.M_MAX_HITS])


@kernel
def always_crits(board: Board, me: int, move: int) -> bool:
    """Tell whether a critical hit is certain."""
    moves, state = board.moves, board.state
    stages = moves[move, f.M_CRIT_STAGE] + (FOCUS_STAGES if state[me, s.FOCUSED] else 0)
    return moves[move, f.M_ALWAYS_CRITS] > 0 or stages >= CERTAIN_CRIT_STAGE


@kernel
def hit_chance(board: Board, me: int, move: int) -> float:
    """Chance that the move hits, 0 to 1."""
    moves, state = board.moves, board.state
    if moves[move, f.M_ACCURACY] == 0 or (moves[move, f.M_CRUSHES] and state[1 - me, s.MINIMIZED]):
        return 1.0
    if moves[move, f.M_RULE] == f.RULE_OHKO:
        return moves[move, f.M_ACCURACY] / 100
    stage = state[me, s.ACCURACY_STAGE] - state[1 - me, s.EVASION_STAGE]
    if stage == 0:
        return moves[move, f.M_ACCURACY] / 100
    return hit_percent(moves[move, f.M_ACCURACY], stage) / 100


@kernel
def expected_damage(board: Board, me: int, slot: int) -> float:
    """HP a turn that the policy expects of a move whose slot is up to date."""
    moves, state, slots = board.moves, board.state, board.slots
    move = slots[me, slot, s.S_MOVE]
    rule = moves[move, f.M_RULE]
    if rule == f.RULE_NONE or rule >= f.RULE_COUNTER or slots[me, slot, s.S_QUARTERS] == 0:
        return 0.0
    if moves[move, f.M_NEEDS_SLEEP] and state[1 - me, s.AILMENT] != f.SLEEP:
        return 0.0
    if moves[move, f.M_FIRST_TURN_ONLY] and state[me, s.ACTIONS] > 0:
        return 0.0
    if rule == f.RULE_OHKO:
        return state[1 - me, s.HP] * OHKO_SHARE
    chance = hit_chance(board, me, move)
    if rule == f.RULE_FIXED:
        return moves[move, f.M_FIXED] * chance
    if rule in (f.RULE_LEVEL, f.RULE_PSYWAVE):
        return LEVEL * chance
    if rule == f.RULE_HALF_HP:
        return state[1 - me, s.HP] / 2 * chance
    crit = always_crits(board, me, move)
    damage = (
        slots[me, slot, s.S_CRIT_BASE] * CRIT if crit else float(slots[me, slot, s.S_BASE])
    ) * MEAN_ROLL
    if slots[me, slot, s.S_STAB]:
        damage *= STAB
    damage *= slots[me, slot, s.S_QUARTERS] / 4
    for _ in range(halvings(board, me, move, crit)):
        damage /= 2
    if moves[move, f.M_CRUSHES] and state[1 - me, s.MINIMIZED]:
        damage *= 2
    if moves[move, f.M_CHARGES] or moves[move, f.M_RECHARGES]:
        damage /= 2
    return damage * hits(board, move) * chance


@kernel
def preference(board: Board, move: int, expected: float) -> float:
    """Order the policy's choices: the greatest is chosen, the first of equals.

    Expected damage first; then the strongest self-KO move; then, when nothing does damage, a
    damaging move; then a status move; a self-KO move without effect last.
    """
    moves = board.moves
    if moves[move, f.M_SELF_DESTRUCTS]:
        return LAST_RESORT * expected if expected > 0 else -1.0
    if expected > 0:
        return 1 + expected
    return LAST_RESORT / 1e6 if moves[move, f.M_CATEGORY] != f.STATUS else 0.0


@kernel
def measure_slot(board: Board, me: int, slot: int) -> None:
    """Bring the damage columns of a slot up to date."""
    moves, state, slots = board.moves, board.state, board.slots
    move = slots[me, slot, s.S_MOVE]
    multiplier = type_quarters(board, me, moves[move, f.M_TYPE])
    slots[me, slot, s.S_QUARTERS] = multiplier
    slots[me, slot, s.S_STAB] = has_type(board, me, moves[move, f.M_TYPE])
    if multiplier > 0 and (
        moves[move, f.M_RULE] == f.RULE_STANDARD or moves[move, f.M_RULE] == f.RULE_WEIGHT  # faster
    ):
        attacking, defending = stat_columns(board, move)
        base = base_damage(board, me, move, False)
        slots[me, slot, s.S_BASE] = base
        attacker = 1 - me if moves[move, f.M_FOUL_PLAY] else me
        if state[attacker, s.STAGES + attacking] < 0 or state[1 - me, s.STAGES + defending] > 0:
            base = base_damage(board, me, move, True)
        slots[me, slot, s.S_CRIT_BASE] = base


@kernel
def choose(board: Board, me: int) -> None:
    """Measure a side's slots and set its CHOICE; -1 when none is usable."""
    moves, state, slots = board.moves, board.state, board.slots
    best = -1
    most = -2.0
    follows = 0
    for index in range(state[me, s.SLOTS_USED]):
        move = slots[me, index, s.S_MOVE]
        measure_slot(board, me, index)
        if slots[me, index, s.S_PP] <= 0:
            continue
        if state[me, s.DISABLED_LEFT] > 0 and state[me, s.DISABLED_SLOT] == index:
            continue
        if state[me, s.TAUNTED_LEFT] > 0 and moves[move, f.M_CATEGORY] == f.STATUS:
            continue
        if moves[move, f.M_RULE] == f.RULE_OHKO or moves[move, f.M_RULE] == f.RULE_HALF_HP:
            follows = 1
        liking = preference(board, move, expected_damage(board, me, index))
        if liking > most:
            most = liking
            best = index
    state[me, s.CHOICE] = best
    state[me, s.FOLLOWS_HP] = follows
    state[me, s.STALE] = 0
