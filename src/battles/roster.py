"""Who can fight with what: the dex as the sampling of matchups needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from features.dex import Dex

MEGA: Final = "mega"
LEVEL: Final = "level"


@dataclass(frozen=True, slots=True)
class Fighter:
    """A form and the moves it may legally have, as PokeAPI ids in ascending order."""

    form_id: int
    kind: str
    damaging: tuple[int, ...]
    status: tuple[int, ...]
    by_level: tuple[int, ...]
    """Those of them that it learns by level alone, itself or before it evolved."""

    @property
    def moves(self) -> tuple[int, ...]:
        """All its moves."""
        return tuple(sorted(self.damaging + self.status))


@dataclass(frozen=True, slots=True)
class Roster:
    """All forms that can learn a damaging move, by ascending id."""

    fighters: tuple[Fighter, ...]
    all_moves: tuple[int, ...]
    damaging: frozenset[int]

    @classmethod
    def of(cls, dex: Dex) -> Roster:
        """Read the dex: its forms, moves and learnset."""
        kinds: Mapping[int, str] = dict(dex.forms.select("form_id", "kind").iter_rows())
        damaging = frozenset(dex.moves.filter(pl.col("category") != "status")["move_id"])
        learned = (
            dex.learnset.group_by("form_id")
            .agg(
                pl.col("move_id").unique().sort(),
                pl.col("move_id").filter(pl.col("method") == LEVEL).unique().sort().alias(LEVEL),
            )
            .sort("form_id")
        )
        fighters = [
            Fighter(
                form_id=form_id,
                kind=kinds[form_id],
                damaging=tuple(move for move in moves if move in damaging),
                status=tuple(move for move in moves if move not in damaging),
                by_level=tuple(by_level),
            )
            for form_id, moves, by_level in learned.iter_rows()
        ]
        return cls(
            fighters=tuple(fighter for fighter in fighters if fighter.damaging),
            all_moves=tuple(dex.moves["move_id"].sort()),
            damaging=damaging,
        )
