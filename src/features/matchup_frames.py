"""The dex in the form that features are computed from: by index, ready to gather and to play."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from features.contract import A_FORM, B_FORM, MOVE, RATIOS
from features.duel.facts import Facts
from features.duel.luck import Luck
from features.duel.openings import Duels

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from features.dex import Dex

GAMES: Final = 32
"""Games that each opening is played out, where their outcomes differ."""
FEWEST_GAMES: Final = 8
"""Games after which an outcome that never varied is taken as settled."""


class UnknownIdError(ValueError):
    """A duel names a form or a move that the dex does not have."""


class NoMovesError(ValueError):
    """A duel names a side that has no moves."""


@dataclass(frozen=True, slots=True)
class MatchupFrames:
    """What :func:`features.compute.compute` needs of the dex, prepared once a dex version.

    Row *i* of ``moves`` and of ``facts`` is the form or move with index *i*, in ascending order
    of ids.
    """

    pairs: NDArray[np.float32]
    """The features that depend on the two forms alone: row ``a * len(form_index) + b``."""
    moves: NDArray[np.float32]
    """The features that depend on the opening move alone."""
    facts: Facts
    form_index: dict[int, int]
    move_index: dict[int, int]
    attacks_learnt: tuple[tuple[int, ...], ...]
    """By form index: ids of the damaging moves that it can legally learn, ascending; all moves
    that it can learn where none does damage."""
    luck: Luck
    dex_version: str

    @classmethod
    def prepare(cls, dex: Dex) -> MatchupFrames:
        """Compute the features of forms and moves, and encode the dex for the kernels."""
        forms = dex.forms.sort("form_id")
        moves = dex.moves.sort("move_id")
        return cls(
            pairs=_pairs(forms),
            moves=_matrix(moves.select(feature.column for feature in MOVE)),
            facts=Facts.prepare(dex),
            form_index={form: index for index, form in enumerate(forms["form_id"])},
            move_index={move: index for index, move in enumerate(moves["move_id"])},
            attacks_learnt=_attacks_learnt(dex, forms),
            luck=Luck.of(GAMES, FEWEST_GAMES),
            dex_version=dex.version,
        )

    def index(
        self,
        forms_a: Sequence[int],
        forms_b: Sequence[int],
        moves_a: Sequence[Sequence[int]],
        moves_b: Sequence[Sequence[int] | None],
    ) -> Duels:
        """Look duels up by the ids of their forms and moves.

        ``moves_b`` is None where B's moves are unknown: then it has all damaging moves that it
        can learn.

        Raises:
            UnknownIdError: the dex lacks a form or a move.
            NoMovesError: a side has none.

        """
        foes_given = (given for given in moves_b if given is not None)
        if not all(map(len, chain(moves_a, foes_given))):
            raise NoMovesError("a duel names a side without moves")
        try:
            form, move = self.form_index, self.move_index
            foes = [form[foe] for foe in forms_b]
            pairs = np.empty((len(foes), 2), dtype=np.int64)
            pairs[:, 0] = [form[own] for own in forms_a]
            pairs[:, 1] = foes
            foe_moves = [
                self.attacks_learnt[foe] if given is None else given
                for foe, given in zip(foes, moves_b, strict=True)
            ]
            return Duels(
                pairs=pairs,
                a_moves=_flat(move[own] for own in chain.from_iterable(moves_a)),
                a_starts=_starts(moves_a),
                b_moves=_flat(move[foe] for foe in chain.from_iterable(foe_moves)),
                b_starts=_starts(foe_moves),
                b_known=_flat(given is not None for given in moves_b),
            )
        except KeyError as error:
            raise UnknownIdError(f"the dex has no form or move {error}") from None


def _flat(values: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(values, dtype=np.int64)


def _starts(lists: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    starts = np.zeros(len(lists) + 1, dtype=np.int64)
    np.cumsum([len(given) for given in lists], out=starts[1:])
    return starts


def _matrix(columns: pl.DataFrame) -> NDArray[np.float32]:
    """Lay columns out row by row, as they are gathered."""
    return np.ascontiguousarray(columns.to_numpy())


def _pairs(forms: pl.DataFrame) -> NDArray[np.float32]:
    own = forms.select(feature.column for feature in A_FORM)
    foes = forms.select(feature.column for feature in B_FORM)
    both = own.join(foes, how="cross", maintain_order="left_right")
    return _matrix(both.with_columns(feature.column for feature in RATIOS))


def _attacks_learnt(dex: Dex, forms: pl.DataFrame) -> tuple[tuple[int, ...], ...]:
    damaging = dex.moves.filter(pl.col("category") != "status")["move_id"]
    learns = pl.col("move_id").unique().sort()
    learnt = (
        dex.learnset.group_by("form_id")
        .agg(learns, learns.filter(learns.is_in(damaging.implode())).alias("attacks"))
        # Ditto learns nothing that does damage: it uses what it has.
        .select(
            "form_id",
            pl.when(pl.col("attacks").list.len() > 0).then("attacks").otherwise("move_id"),
        )
    )
    rows = forms.select("form_id").join(learnt, on="form_id", how="left", maintain_order="left")
    return tuple(tuple(attacks or ()) for attacks in rows[:, 1].to_list())
