"""Every opening of many duels: what it does, what answers it, and how its games end."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from features.duel import facts as f
from features.duel import state as s
from features.duel.attack import choose, expected_damage, measure_slot
from features.duel.board import GAME, Board, fresh_board
from features.duel.columns import (
    BEST,
    COLUMNS,
    COUNTS,
    FIRST,
    FOE_CODES,
    FOE_FIRST,
    FOE_LANDS,
    FOE_LATER,
    FOE_TYPE,
    GAMES,
    IS_OPENING,
    MOVE,
    REPLY,
)
from features.duel.compiled import is_cached, kernel
from features.duel.luck import EXTREMES, Luck
from features.duel.measures import landing, write_damage, write_opening, write_reply
from features.duel.play import LOSS, WIN, play
from features.duel.sides import speed
from features.duel.start import copy_start, prepare_side, prepare_slots

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Rows = NDArray[np.float32]

DUELS_A_THREAD: Final = 256
"""Fewer are not worth a thread of their own."""
EARLY: Final = 2
"""Turns after which a win or a loss counts as early."""


class Duels(NamedTuple):
    """Duels by index: rows of the dex's forms and moves, in ascending order of ids.

    The moves of duel *i* are ``a_moves[a_starts[i]:a_starts[i + 1]]``, and so for B.
    """

    pairs: Ints
    """(duels, 2): A's and B's form."""
    a_moves: Ints
    a_starts: Ints
    b_moves: Ints
    b_starts: Ints
    b_known: Ints
    """1 where B's moves were given, else 0."""


def describe(facts: f.Facts, duels: Duels, luck: Luck) -> NDArray[np.float32]:
    """Lay out every opening of every duel: shape (openings, len(COLUMNS)).

    A row depends on its own duel alone, to the last bit; many duels are shared among the cores.
    """
    rows = np.empty((len(duels.a_moves), len(COLUMNS)), dtype=np.float32)
    count = len(duels.pairs)
    threads = min(_cores(), count // DUELS_A_THREAD) or 1

    most_moves = int(
        max(np.diff(duels.a_starts).max(initial=0), np.diff(duels.b_starts).max(initial=0))
    )

    def describe_part(part: int) -> None:
        board, start = fresh_board(facts, luck), fresh_board(facts, luck)
        worth = np.empty(most_moves)
        first, end = part * count // threads, (part + 1) * count // threads
        _describe(
            board, start, facts.forms, duels, first, end, luck.seeds, luck.fewest, worth, rows
        )

    if threads == 1:
        describe_part(0)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(describe_part, range(threads)))
    return rows


def compile_ahead() -> None:
    """Compile the kernels, unless they are cached: half a minute that no request should pay."""
    nothing = np.zeros(0, dtype=np.int64)
    nowhere = np.zeros(1, dtype=np.int64)
    facts = f.Facts(
        moves=np.zeros((1, f.MOVE_COLUMNS), dtype=np.int64),
        forms=np.zeros((1, f.FORM_COLUMNS), dtype=np.int64),
        quarters=np.zeros((19, 19), dtype=np.int64),
    )
    nobody = Duels(
        np.zeros((0, 2), dtype=np.int64), nothing, nowhere, nothing, nowhere, b_known=nothing
    )
    describe(facts, nobody, Luck.of(1, 1))


def is_compiled() -> bool:
    """Tell whether the kernels are in the cache."""
    return is_cached(_describe)


def _cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


@kernel
def _describe(  # a kernel has no object to hold these
    board: Board,
    start: Board,
    forms: Ints,
    duels: Duels,
    first_duel: int,
    end_duel: int,
    seeds: NDArray[np.uint64],
    fewest: int,
    worth: Floats,
    rows: Rows,
) -> None:
    moves, state, slots = start.moves, start.state, start.slots
    for duel in range(first_duel, end_duel):
        first_row, end = duels.a_starts[duel], duels.a_starts[duel + 1]
        b_first, b_end = duels.b_starts[duel], duels.b_starts[duel + 1]
        prepare_side(start, s.A, forms, duels.pairs[duel, 0])
        prepare_side(start, s.B, forms, duels.pairs[duel, 1])
        prepare_slots(start, duels.a_moves, first_row, end, s.A, worth)
        prepare_slots(start, duels.b_moves, b_first, b_end, s.B, worth)
        # What is the same for all openings goes into the first row, then into the others.
        row = first_row
        best = expected_damage(start, s.A, state[s.A, s.CHOICE]) / state[s.B, s.FULL_HP]
        foe = state[s.B, s.CHOICE]
        foe_move = slots[s.B, foe, s.S_MOVE]
        write_reply(start, s.B, foe, rows, row, FOE_FIRST)
        rows[row, FOE_TYPE] = moves[foe_move, f.M_TYPE]
        for index, code in enumerate(FOE_CODES):
            rows[row, FOE_LANDS + index] = landing(start, s.B, foe, code)
        # Later turns: what works on the first only does nothing any more.
        _choose_as_if_after(start, 1)
        own_later, foe_later = state[s.A, s.CHOICE], state[s.B, s.CHOICE]
        own_later_move = slots[s.A, own_later, s.S_MOVE]
        foe_later_move = slots[s.B, foe_later, s.S_MOVE]
        write_reply(start, s.A, own_later, rows, row, REPLY)
        write_damage(start, s.B, foe_later, rows, row, MOVE)
        rows[row, FOE_LATER] = rows[row, MOVE]
        rows[row, FOE_LATER + 1] = rows[row, MOVE + 4]
        rows[row, BEST] = best
        rows[row, FIRST + 1] = _comes_first(start, own_later_move, foe_later_move)
        rows[row, COUNTS] = end - first_row
        rows[row, COUNTS + 1] = b_end - b_first
        rows[row, COUNTS + 2] = duels.b_known[duel]
        _choose_as_if_after(start, 0)
        for row in range(first_row, end):
            if row > first_row:
                for column in range(REPLY, GAMES):
                    rows[row, column] = rows[first_row, column]
            move = duels.a_moves[row]
            slots[s.A, s.OPENING, s.S_MOVE] = move
            slots[s.A, s.OPENING, s.S_PP] = moves[move, f.M_PP]
            measure_slot(start, s.A, s.OPENING)
            write_opening(start, rows, row)
            rows[row, IS_OPENING] = own_later_move == move
            rows[row, BEST + 1] = best - rows[row, MOVE]
            rows[row, FIRST] = _comes_first(start, move, foe_move)
            _play_games(board, start, seeds, fewest, rows, row)


@kernel
def _choose_as_if_after(board: Board, actions: int) -> None:
    """Let both sides choose as if each had acted so many times."""
    for me in range(2):
        board.state[me, s.ACTIONS] = actions
        choose(board, me)


@kernel
def _comes_first(board: Board, own_move: int, foe_move: int) -> float:
    """Chance that A comes first, each with its move."""
    own, foe = board.moves[own_move, f.M_PRIORITY], board.moves[foe_move, f.M_PRIORITY]
    if own == foe:
        own, foe = speed(board, s.A), speed(board, s.B)
    if own == foe:
        return 0.5
    return 1.0 if own > foe else 0.0


@kernel
def _play_games(
    board: Board, start: Board, seeds: NDArray[np.uint64], fewest: int, rows: Rows, row: int
) -> None:
    """Play the opening out and write how it ended; a few games are enough where all agree."""
    score = 0
    own_hp = 0.0
    foe_hp = 0.0
    squares = 0.0
    turns = 0
    won_early = 0
    lost_early = 0
    played = 0
    games = seeds.shape[0] - EXTREMES
    for game in range(games):
        result, length, own_left, foe_left = _play_one(board, start, seeds, game)
        score += result
        own_hp += own_left
        foe_hp += foe_left
        squares += (own_left - foe_left) ** 2
        turns += length
        if length <= EARLY:
            won_early += result == WIN
            lost_early += result == LOSS
        played += 1
        if played == fewest and (score == LOSS or score == WIN * fewest):
            break
    margin = (own_hp - foe_hp) / played
    rows[row, GAMES] = score / (WIN * played)
    rows[row, GAMES + 1] = margin
    rows[row, GAMES + 2] = np.sqrt(max(0.0, squares / played - margin * margin))
    rows[row, GAMES + 3] = turns / played
    rows[row, GAMES + 4] = own_hp / played
    rows[row, GAMES + 5] = foe_hp / played
    rows[row, GAMES + 6] = won_early / played
    rows[row, GAMES + 7] = lost_early / played
    for extreme in range(EXTREMES):
        _, _, own_left, foe_left = _play_one(board, start, seeds, games + extreme)
        rows[row, GAMES + 8 + extreme] = own_left - foe_left


@kernel
def _play_one(
    board: Board, start: Board, seeds: NDArray[np.uint64], game: int
) -> tuple[int, int, float, float]:
    """Play one game: its result, its turns, and the winner's share of HP left, the loser's 0."""
    state = board.state
    copy_start(board, start)
    board.generator[0] = seeds[game]
    board.clock[GAME] = game
    result, length = play(board)
    own_left = max(0.0, state[s.A, s.HP] / state[s.A, s.FULL_HP]) if result != LOSS else 0.0
    foe_left = max(0.0, state[s.B, s.HP] / state[s.B, s.FULL_HP]) if result != WIN else 0.0
    return result, length, own_left, foe_left
