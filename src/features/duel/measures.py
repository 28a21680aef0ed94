"""What an attack would do, and the columns that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from features.duel import facts as f
from features.duel import state as s
from features.duel.attack import (
    always_crits,
    crit_chance,
    expected_damage,
    halvings,
    has_type,
    hit_chance,
    hits,
    power,
    rolled,
)
from features.duel.columns import LANDS, MOVE
from features.duel.compiled import kernel
from features.duel.effects import immune
from features.duel.numbers import CRIT, LEVEL, MEAN_ROLL, OHKO_SHARE, STAB

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.duel.board import Board

    Rows = NDArray[np.float32]

MOST_HITS: Final = 20.0
"""Stands for more uses to a KO, and for never."""


@kernel
def landing(board: Board, me: int, slot: int, ailment: int) -> float:
    """Chance that one use of the move in a slot gives the foe this ailment."""
    moves, slots = board.moves, board.slots
    move = slots[me, slot, s.S_MOVE]
    brings = moves[move, f.M_AILMENT]
    share = 1.0
    if brings == f.TRI_ATTACK and ailment in (f.BURN, f.PARALYSIS, f.FREEZE):
        share = 1 / 3
    elif brings != ailment:
        return 0.0
    # Of the status moves only Thunder Wave heeds its type.
    heeds_type = moves[move, f.M_CATEGORY] != f.STATUS or moves[move, f.M_TYPE] == f.ELECTRIC
    if heeds_type and slots[me, slot, s.S_QUARTERS] == 0:
        return 0.0
    if moves[move, f.M_POWDER] and has_type(board, 1 - me, f.GRASS):
        return 0.0
    if immune(board, 1 - me, ailment):
        return 0.0
    sure = ailment == f.TOXIC and has_type(board, me, f.POISON_TYPE)
    hit = 1.0 if sure else hit_chance(board, me, move)
    return share * hit * moves[move, f.M_AILMENT_CHANCE] / 100


@kernel
def write_damage(board: Board, me: int, slot: int, rows: Rows, row: int, at: int) -> None:
    """Write expected, least and most damage, the chance of a KO and the uses to one."""
    state = board.state
    hp = state[1 - me, s.FULL_HP]
    expected = expected_damage(board, me, slot)
    least, most, mean, ko = damage_range(board, me, slot)
    rows[row, at] = expected / hp
    rows[row, at + 1] = least / hp
    rows[row, at + 2] = most / hp
    rows[row, at + 3] = ko
    rows[row, at + 4] = min(MOST_HITS, np.ceil(hp / mean)) if mean > 0 else MOST_HITS


@kernel
def damage_range(board: Board, me: int, slot: int) -> tuple[float, float, float, float]:
    """Give least, most and mean damage of a use that hits, in HP, and the chance of a KO.

    Least and most leave out chance critical hits; the mean and the KO do not. The chance is that
    one use brings a foe at full HP down, misses included; of several hits it goes by the middle.
    """
    moves, state, slots = board.moves, board.state, board.slots
    move = slots[me, slot, s.S_MOVE]
    quarters = slots[me, slot, s.S_QUARTERS]
    rule = moves[move, f.M_RULE]
    unusable = (moves[move, f.M_NEEDS_SLEEP] and state[1 - me, s.AILMENT] != f.SLEEP) or (
        moves[move, f.M_FIRST_TURN_ONLY] and state[me, s.ACTIONS] > 0
    )
    if quarters == 0 or rule == f.RULE_NONE or rule >= f.RULE_COUNTER or unusable:
        return 0.0, 0.0, 0.0, 0.0
    hp = state[1 - me, s.FULL_HP]
    chance = hit_chance(board, me, move)
    if rule == f.RULE_OHKO:
        return float(hp), float(hp), OHKO_SHARE * hp, OHKO_SHARE
    if rule == f.RULE_HALF_HP:
        return hp / 2, hp / 2, hp / 2, 0.0
    if rule == f.RULE_PSYWAVE:
        return LEVEL / 2, LEVEL * 1.5, float(LEVEL), 0.0
    if rule in (f.RULE_FIXED, f.RULE_LEVEL):
        fixed = float(moves[move, f.M_FIXED]) if rule == f.RULE_FIXED else float(LEVEL)
        return fixed, fixed, fixed, chance if fixed >= hp else 0.0
    sure = always_crits(board, me, move)
    critical = 1.0 if sure else crit_chance(moves[move, f.M_CRIT_STAGE])
    stab = slots[me, slot, s.S_STAB] > 0
    base = slots[me, slot, s.S_CRIT_BASE] if sure else slots[me, slot, s.S_BASE]
    halves = halvings(board, me, move, sure)
    least = rolled(base, 85, sure, stab, quarters, halves)
    most = rolled(base, 100, sure, stab, quarters, halves)
    crit_base = slots[me, slot, s.S_CRIT_BASE]
    strongest = rolled(crit_base, 100, True, stab, quarters, 0)
    fewest_hits, most_hits = moves[move, f.M_MIN_HITS], moves[move, f.M_MAX_HITS]
    mean = base * MEAN_ROLL * quarters / 4 * hits(board, move)
    if stab:
        mean *= STAB
    mean *= CRIT if sure else 1 + (CRIT - 1) * critical
    for _ in range(halves):
        mean /= 2
    ko = 0.0
    if least * fewest_hits >= hp:
        ko = 1.0
    elif most_hits == 1 and strongest >= hp:
        count = 0
        for percent in range(85, 101):
            if rolled(base, percent, sure, stab, quarters, halves) >= hp:
                count += 1
        ko = count / 16
        if not sure:
            count = 0
            for percent in range(85, 101):
                if rolled(crit_base, percent, True, stab, quarters, 0) >= hp:
                    count += 1
            ko = (1 - critical) * ko + critical * count / 16
    elif most_hits > 1 and mean >= hp:
        ko = 0.5
    return float(least * fewest_hits), float(most * most_hits), mean, ko * chance


@kernel
def write_reply(board: Board, me: int, slot: int, rows: Rows, row: int, at: int) -> None:
    """Write the columns of a move that a side chooses."""
    moves, slots = board.moves, board.slots
    write_damage(board, me, slot, rows, row, at)
    move = slots[me, slot, s.S_MOVE]
    rows[row, at + 5] = moves[move, f.M_CATEGORY]
    rows[row, at + 6] = hit_chance(board, me, move)
    rows[row, at + 7] = moves[move, f.M_PRIORITY]
    rows[row, at + 8] = 0.5 if moves[move, f.M_CHARGES] or moves[move, f.M_RECHARGES] else 1.0
    rows[row, at + 9] = moves[move, f.M_RECOIL] / 100
    rows[row, at + 10] = slots[me, slot, s.S_QUARTERS] / 4
    rows[row, at + 11] = moves[move, f.M_SELF_DESTRUCTS]


@kernel
def write_opening(board: Board, rows: Rows, row: int) -> None:
    """Write what the opening itself does."""
    slots = board.slots
    move = slots[s.A, s.OPENING, s.S_MOVE]
    strength = power(board, s.A, move)
    stab = STAB if slots[s.A, s.OPENING, s.S_STAB] else 1.0
    effectiveness = slots[s.A, s.OPENING, s.S_QUARTERS] / 4
    rows[row, 0] = strength
    rows[row, 1] = hit_chance(board, s.A, move)
    rows[row, 2] = stab
    rows[row, 3] = effectiveness
    rows[row, 4] = strength * stab * effectiveness
    for ailment in range(f.BURN, f.LEECH_SEED + 1):
        rows[row, LANDS + ailment - f.BURN] = landing(board, s.A, s.OPENING, ailment)
    write_damage(board, s.A, s.OPENING, rows, row, MOVE)
