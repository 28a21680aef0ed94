"""The fixed luck of the games: the same numbers for every duel, spread evenly over the games.

A game draws what matters most (does it hit, how hard, does the side effect come) at places that
are fixed by turn and side. There the games share out the unit interval (Latin hypercube sampling,
nested, so that the first few games do so too) and a few of them cover the possibilities as evenly
as twice as many left to chance would. Every other draw comes from a linear congruential generator
seeded by the game.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from features.duel import state as s
from features.duel.board import GAME, TURN
from features.duel.compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.duel.board import Board

TURNS: Final = 6
"""Turns whose main draws come from the sequence."""
DRAWS: Final = 3
"""Main draws of a side and turn: the hit, its side effect, what hinders the side."""
HIT: Final = 0
EFFECT: Final = 1
HINDRANCE: Final = 2
TIE: Final = 2 * DRAWS * TURNS
POINTS: Final = TIE + TURNS

EXTREMES: Final = 2
"""One-sided games: what still wins when unlucky is safe."""
_BAD_LUCK: Final = (0.94, 0.94, 0.5)
_GOOD_LUCK: Final = (0.05, 0.25, 0.5)
"""For the hit, its side effect, and what hinders: no critical hit but a likely one, no miss but of
an inaccurate move, the side effects that come once in three uses or more."""

_SEED: Final = 142
_MULTIPLIER: Final = np.uint64(6364136223846793005)
_INCREMENT: Final = np.uint64(1442695040888963407)
_SHIFT: Final = np.uint64(11)
_UNIT: Final = 1 / 2**53


@dataclass(frozen=True, slots=True)
class Luck:
    """The luck of so many games."""

    points: NDArray[np.float64]
    """(games + 2, POINTS): main draws in [0, 1); the last two of an unlucky and a lucky game."""
    seeds: NDArray[np.uint64]
    """(games + 2,): where each game's generator starts."""
    fewest: int
    """Games after which an outcome that never varied is taken as settled."""

    @classmethod
    def of(cls, games: int, fewest: int) -> Luck:
        """Draw the luck of ``games`` games, a multiple of ``fewest``; always the same."""
        generator = np.random.default_rng(_SEED)
        points = np.empty((games + EXTREMES, POINTS))
        for column in range(POINTS):
            points[:games, column] = _spread(generator, games, fewest)
        points[games] = _one_sided(unlucky=s.A)
        points[games + 1] = _one_sided(unlucky=s.B)
        seeds = generator.integers(0, 2**63, games + EXTREMES, dtype=np.uint64)
        return cls(points, seeds, fewest)


def _spread(generator: np.random.Generator, games: int, fewest: int) -> NDArray[np.float64]:
    """Spread numbers over [0, 1): each block of ``fewest`` evenly, and all together too."""
    blocks = games // fewest
    # Which part of a stratum each block takes: every part once.
    parts = generator.random((fewest, blocks)).argsort(axis=1)
    strata = generator.random((blocks, fewest)).argsort(axis=1)
    within = parts[strata, np.arange(blocks)[:, np.newaxis]]
    jitter = generator.random((blocks, fewest))
    return ((strata + (within + jitter) / blocks) / fewest).reshape(games)


def _one_sided(unlucky: int) -> NDArray[np.float64]:
    """Let one side hit weakly and the other hard, without rare events, and lose each toss."""
    draws = np.empty((TURNS, 2, DRAWS))
    draws[:, unlucky] = _BAD_LUCK
    draws[:, 1 - unlucky] = _GOOD_LUCK
    toss = 0.75 if unlucky == s.A else 0.25
    return np.concatenate([draws.ravel(), np.full(TURNS, toss)])


@kernel
def uniform(board: Board) -> float:
    """Draw from the game's generator, in [0, 1)."""
    generator = board.generator
    generator[0] = generator[0] * _MULTIPLIER + _INCREMENT
    return (generator[0] >> _SHIFT) * _UNIT


@kernel
def draw(board: Board, me: int, which: int) -> float:
    """Draw a side's main number of this turn: HIT, EFFECT or HINDRANCE."""
    turn = board.clock[TURN]
    if turn < TURNS:
        return board.points[board.clock[GAME], (turn * 2 + me) * DRAWS + which]
    return uniform(board)


@kernel
def toss(board: Board) -> bool:
    """Toss a coin for who comes first this turn."""
    turn = board.clock[TURN]
    number = board.points[board.clock[GAME], TIE + turn] if turn < TURNS else uniform(board)
    return number < 0.5
