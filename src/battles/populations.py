"""Populations of matchups: which duels a plan asks about.

A, whose moves are scored, has at least two damaging moves where its set has four or more, so that
there is something to choose; B has at least one. Forms are drawn uniformly.

closed       four moves each, from the own learnset, no mega forms
open         the same, but nobody knows B's set: it has all damaging moves it can learn
few          A has one to three moves, one of them damaging
many         A has five to twenty moves
unlearnable  A has four to eight moves, at least one of which it cannot learn
mega         at least one side is a mega form
status       at least two of A's four moves do no damage themselves
level_up     both have only moves learned by level

Of the last six, B's set is unknown in one matchup out of four.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from battles.roster import MEGA, Fighter, Roster

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

SET_SIZE: Final = 4
MOST_MOVES: Final = 20
_UNKNOWN_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Matchup:
    """A duel: PokeAPI ids, moves in the order that breaks ties."""

    a: int
    b: int
    moves_a: list[int]
    moves_b: list[int]
    b_known: bool


class Draw:
    """Random choices from a roster."""

    def __init__(self, roster: Roster, generator: np.random.Generator) -> None:
        self.roster = roster
        self._generator = generator

    def whether(self, probability: float) -> bool:
        """Say yes with this probability."""
        return bool(self._generator.random() < probability)

    def between(self, low: int, high: int) -> int:
        """Draw a whole number, both ends included."""
        return int(self._generator.integers(low, high, endpoint=True))

    def fighter(self, fit: Callable[[Fighter], bool]) -> Fighter:
        """Draw one of the fighters that fit."""
        fitting = [fighter for fighter in self.roster.fighters if fit(fighter)]
        return fitting[self._generator.integers(len(fitting))]

    def some(self, moves: Sequence[int], count: int) -> list[int]:
        """Draw so many different moves in random order, or all there are."""
        order = self._generator.permutation(len(moves))[:count]
        return [moves[index] for index in order]

    def moveset(self, moves: Sequence[int], count: int, damaging: int) -> list[int]:
        """Draw a set with at least so many damaging moves, uniformly among such sets."""
        while True:
            drawn = self.some(moves, count)
            if sum(move in self.roster.damaging for move in drawn) >= damaging:
                return drawn


def _plain(damaging: int) -> Callable[[Fighter], bool]:
    return lambda fighter: fighter.kind != MEGA and len(fighter.damaging) >= damaging


def _foe(draw: Draw, a: Fighter, moves_a: list[int], b: Fighter, *, unknown: float) -> Matchup:
    known = not draw.whether(unknown)
    moves_b = draw.moveset(b.moves, SET_SIZE, 1) if known else list(b.damaging)
    return Matchup(a.form_id, b.form_id, moves_a, moves_b, known)


def closed(draw: Draw) -> Matchup:
    """Four known moves each."""
    a, b = draw.fighter(_plain(2)), draw.fighter(_plain(1))
    return _foe(draw, a, draw.moveset(a.moves, SET_SIZE, 2), b, unknown=0.0)


def open_(draw: Draw) -> Matchup:
    """B's moves are not known."""
    a, b = draw.fighter(_plain(2)), draw.fighter(_plain(1))
    return _foe(draw, a, draw.moveset(a.moves, SET_SIZE, 2), b, unknown=1.0)


def few(draw: Draw) -> Matchup:
    """Score one to three moves."""
    a, b = draw.fighter(_plain(1)), draw.fighter(_plain(1))
    moves_a = draw.moveset(a.moves, draw.between(1, SET_SIZE - 1), 1)
    return _foe(draw, a, moves_a, b, unknown=_UNKNOWN_SHARE)


def many(draw: Draw) -> Matchup:
    """Score five to twenty moves."""
    count = draw.between(SET_SIZE + 1, MOST_MOVES)
    a = draw.fighter(lambda fighter: _plain(2)(fighter) and len(fighter.moves) > SET_SIZE)
    b = draw.fighter(_plain(1))
    return _foe(draw, a, draw.moveset(a.moves, count, 2), b, unknown=_UNKNOWN_SHARE)


def unlearnable(draw: Draw) -> Matchup:
    """Score moves that A cannot learn, some or all of them."""
    a, b = draw.fighter(_plain(1)), draw.fighter(_plain(1))
    count = draw.between(SET_SIZE, 2 * SET_SIZE)
    own = set(a.moves)
    foreign = [move for move in draw.roster.all_moves if move not in own]
    while True:
        strange = draw.some(foreign, draw.between(1, count))
        drawn = draw.some([*strange, *draw.some(a.moves, count - len(strange))], count)
        if sum(move in draw.roster.damaging for move in drawn) > 1:
            return _foe(draw, a, drawn, b, unknown=_UNKNOWN_SHARE)


def mega(draw: Draw) -> Matchup:
    """Let at least one mega form fight."""
    mega_a, mega_b = ((True, False), (False, True), (True, True))[draw.between(0, 2)]
    a = draw.fighter(lambda form: (form.kind == MEGA) == mega_a and len(form.damaging) > 1)
    b = draw.fighter(lambda form: (form.kind == MEGA) == mega_b)
    moves_a = draw.moveset(a.moves, SET_SIZE, 2)
    return _foe(draw, a, moves_a, b, unknown=_UNKNOWN_SHARE)


def status(draw: Draw) -> Matchup:
    """Score at least two moves that do no damage themselves."""
    a = draw.fighter(lambda form: _plain(1)(form) and len(form.status) > 1)
    b = draw.fighter(_plain(1))
    quiet = draw.some(a.status, draw.between(2, SET_SIZE - 1))
    loud = draw.some(a.damaging, SET_SIZE - len(quiet))
    moves_a = draw.some([*quiet, *loud], SET_SIZE)
    return _foe(draw, a, moves_a, b, unknown=_UNKNOWN_SHARE)


def level_up(draw: Draw) -> Matchup:
    """Fight with what levels alone have taught."""
    damaging = draw.roster.damaging

    def attacks(form: Fighter) -> int:
        return 0 if form.kind == MEGA else sum(move in damaging for move in form.by_level)

    a = draw.fighter(lambda form: attacks(form) > 1)
    b = draw.fighter(lambda form: attacks(form) > 0)
    known = not draw.whether(_UNKNOWN_SHARE)
    moves_b = draw.moveset(b.by_level, SET_SIZE, 1) if known else list(b.damaging)
    return Matchup(
        a.form_id, b.form_id, draw.moveset(a.by_level, SET_SIZE, 2), moves_b, b_known=known
    )


POPULATIONS: Final[Mapping[str, Callable[[Draw], Matchup]]] = {
    "closed": closed,
    "open": open_,
    "few": few,
    "many": many,
    "unlearnable": unlearnable,
    "mega": mega,
    "status": status,
    "level_up": level_up,
}
