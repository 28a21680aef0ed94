"""The matchups that production asked about, as plans to play: one to learn from, one to judge by.

They are split by the unordered pair of forms, and by the same hash that keeps pairs from training:
what a candidate is judged by, neither it nor the champion has learnt from.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from battles.tasks import PLAN
from capture.columns import IDENTIFYING
from capture.files import DAMAGED
from training.dataset import held_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from features.dex import Dex
    from features.matchup_frames import MatchupFrames

logger = logging.getLogger(__name__)

POPULATION: Final = "asked"
MOVES: Final = 4
"""Of a matchup, as a Pokémon has them. A question may name twenty, each of which is played."""
_QUESTION: Final = ("pokemon_a_id", "pokemon_b_id", "available_moves", "available_moves_b")
_SCHEMA: Final = pl.Schema({name: IDENTIFYING[name] for name in _QUESTION})
AT_ONCE: Final = 200_000
"""Different questions of a week that are counted: two hundred megabytes or so."""


class Asked(NamedTuple):
    """Plans of matchups that production asked about, columns of :data:`battles.tasks.PLAN`."""

    to_learn: pl.DataFrame
    to_judge: pl.DataFrame


def questions(files: Sequence[Path], most: int, *, at_once: int = AT_ONCE) -> pl.DataFrame:
    """Count the questions in capture files; give those asked most, and how often each was.

    A file that cannot be read is left out. Where more different questions are asked than are
    counted at once, those in the newest files count.

    Args:
        files: the oldest first, each row once.
        most: questions to give, of four moves; of more moves fewer, as each move is played.
        at_once: questions that are counted, and rows that are read for it, at one time.

    Returns:
        Columns of captured data that make a question, moves in ascending order, and ``times``.

    """
    counted = pl.DataFrame(schema={**_SCHEMA, "times": pl.UInt32()})
    waiting: list[pl.DataFrame] = []
    for path in reversed(files):
        waiting.append(_read(path).with_columns(times=pl.lit(1, pl.UInt32())))
        if sum(each.height for each in waiting) >= at_once:
            counted = _together([counted, *waiting])
            waiting.clear()
            if counted.height >= max(at_once, most):
                break
    return (
        _together([counted, *waiting])
        .sort("times", *_QUESTION, descending=[True, *[False] * len(_QUESTION)])
        .head(most)
        .filter(pl.col("available_moves").list.len().cum_sum() <= MOVES * most)
    )


def latest(newest_first: Iterable[Path], rows: int) -> pl.DataFrame:
    """Take the questions of at least so many of the latest predictions, as often as asked.

    Returns:
        Columns of captured data that make a question.

    """
    taken = [pl.DataFrame(schema=_SCHEMA)]
    found = 0
    for path in newest_first:
        if found >= rows:
            break
        part = _read(path)
        taken.append(part)
        found += part.height
    return pl.concat(taken)


def _read(path: Path) -> pl.DataFrame:
    """Read the questions of a file; of one that is damaged none."""
    try:
        # Files of another feature contract have other columns, and the same questions.
        rows = pl.read_parquet(path, columns=list(_QUESTION)).select(_QUESTION).cast(_SCHEMA)
    except (OSError, *DAMAGED) as error:
        logger.warning("lifecycle: %s cannot be read and is left out: %s", path.name, error)
        return pl.DataFrame(schema=_SCHEMA)
    return rows.drop_nulls(_QUESTION[:3]).with_columns(
        pl.col(_QUESTION[2:]).list.unique().list.sort()
    )


def _together(counts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Add up how often each question was asked."""
    return pl.concat(counts).group_by(_QUESTION, maintain_order=True).agg(pl.col("times").sum())


def plans(asked: pl.DataFrame, dex: Dex, frames: MatchupFrames) -> Asked:
    """Lay questions out as plans; what the dex does not know any more is left out."""
    whole = plan(asked, dex, frames)
    return Asked(whole.filter(~held_out()), whole.filter(held_out()))


def plan(asked: pl.DataFrame, dex: Dex, frames: MatchupFrames) -> pl.DataFrame:
    """Lay questions out as one plan, likewise."""
    move_of = dict(dex.moves.select("identifier", "move_id").iter_rows())
    rows: list[tuple[object, ...]] = []
    for a, b, moves_a, moves_b in asked.select(_QUESTION).iter_rows():
        unknown = {a, b} - frames.form_index.keys() or {*moves_a, *(moves_b or ())} - move_of.keys()
        if unknown:
            continue
        own = sorted(move_of[move] for move in moves_a)
        foe = (
            list(frames.attacks_learnt[frames.form_index[b]])
            if moves_b is None
            else sorted(move_of[move] for move in moves_b)
        )
        rows.append((len(rows), POPULATION, a, b, own, foe, moves_b is not None, own))
    return pl.DataFrame(rows, schema=PLAN, orient="row")
