"""What a game is played on: the arrays that kernels pass around, under one name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from features.duel import state as s

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.duel.facts import Facts
    from features.duel.luck import Luck

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

GAME: Final = 0
TURN: Final = 1


class Board(NamedTuple):
    """Facts, state and luck of one game."""

    moves: Ints
    """See :class:`features.duel.facts.Facts`."""
    quarters: Ints
    state: Ints
    """(2, state.COLUMNS): both sides."""
    slots: Ints
    """(2, SLOTS, SLOT_COLUMNS): their moves."""
    points: Floats
    """(games, POINTS): the main draws of every game."""
    generator: NDArray[np.uint64]
    """(1,): where the generator of the game stands."""
    clock: Ints
    """(2,): which game it is, and which turn, both from 0."""


def fresh_board(facts: Facts, luck: Luck) -> Board:
    """Lay out a board for games with these facts and this luck; nobody is on it yet."""
    return Board(
        moves=facts.moves,
        quarters=facts.quarters,
        state=np.zeros((2, s.COLUMNS), dtype=np.int64),
        slots=np.zeros((2, s.SLOTS, s.SLOT_COLUMNS), dtype=np.int64),
        points=luck.points,
        generator=np.zeros(1, dtype=np.uint64),
        clock=np.zeros(2, dtype=np.int64),
    )
