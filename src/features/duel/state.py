"""Columns of the state of a duel: one row a side, A first.

Everything that can change in a game stands here, so that a game starts with one copy.
"""

from __future__ import annotations

from typing import Final

A: Final = 0
B: Final = 1

# What the side is; Transform and Conversion change it.
HP: Final = 0
FULL_HP: Final = 1
STATS: Final = 2  # attack, defense, special attack, special defense, speed
SPEED: Final = 6
TYPE1: Final = 7
TYPE2: Final = 8
WEIGHT: Final = 9

# Stages of the stats, then of accuracy and evasion.
STAGES: Final = 10
SPEED_STAGE: Final = 14
ACCURACY_STAGE: Final = 15
EVASION_STAGE: Final = 16
STAGE_COUNT: Final = 7

AILMENT: Final = 17  # one of burn .. freeze, 0 none
SLEEP_LEFT: Final = 18
TOXIC_STAGE: Final = 19
CONFUSED_LEFT: Final = 20
FLINCHED: Final = 21
TRAP_LEFT: Final = 22
SEEDED: Final = 23
YAWN_LEFT: Final = 24

LOCK: Final = 25  # one of the LOCK_ codes
LOCK_SLOT: Final = 26
VANISHED: Final = 27
RAMPAGE_LEFT: Final = 28  # turns of the rampage that are still due
RAMPAGE_HOLD: Final = 29  # falls to 0 when a turn of it failed
BIDE_LEFT: Final = 30
BIDE_DAMAGE: Final = 31

PROTECTED: Final = 32
SUBSTITUTE_HP: Final = 33
REFLECT_LEFT: Final = 34
LIGHT_SCREEN_LEFT: Final = 35
MIST_LEFT: Final = 36
FOCUSED: Final = 37
RAGING: Final = 38
MINIMIZED: Final = 39

LAST_SLOT: Final = 40  # slot of the last move, -1 none
ACTIONS: Final = 41
MOVED: Final = 42  # this turn
PHYSICAL_TAKEN: Final = 43  # damage of the last hit of this turn
SPECIAL_TAKEN: Final = 44
DISABLED_SLOT: Final = 45
DISABLED_LEFT: Final = 46
ENCORE_LEFT: Final = 47

SLOTS_USED: Final = 48
CHOICE: Final = 49  # slot that the policy uses
STALE: Final = 50  # CHOICE and the slots' damage have to be worked out anew
FOLLOWS_HP: Final = 51  # CHOICE depends on the foe's HP
TIRES: Final = 52  # a slot works on the first turn only
TAUNTED_LEFT: Final = 53
STALLS: Final = 54  # successes of Protect in a row
STALL_LEFT: Final = 55
TRANSFORMED: Final = 56
CALLED_SLOT: Final = 57  # whose move Metronome or Mirror Move has replaced; -1 none
CALLER: Final = 58  # the move that stood there
COLUMNS: Final = 59

LOCK_NONE: Final = 0
LOCK_CHARGE: Final = 1
LOCK_RAMPAGE: Final = 2
LOCK_RECHARGE: Final = 3
LOCK_BIDE: Final = 4

# Slots of a side: moves to choose from, in order; the opening has its own.
SLOTS: Final = 16
CANDIDATES: Final = 10
OPENING: Final = 15

# Columns of a slot.
S_MOVE: Final = 0
S_PP: Final = 1
S_BASE: Final = 2  # integer damage before crit, roll, same-type bonus and type
S_CRIT_BASE: Final = 3
S_STAB: Final = 4
S_QUARTERS: Final = 5  # four times the type multiplier
SLOT_COLUMNS: Final = 6
