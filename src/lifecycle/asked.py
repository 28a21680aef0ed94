"""The matchups that production asked about, as plans to play: one to learn from, one to judge by.

They are split by the unordered pair of forms, and by the same hashes as everything else that is
kept from training: what a candidate is judged by, it has not learnt from.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from battles.tasks import PLAN
from training.dataset import held_out
from training.validation import for_validation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from features.dex import Dex
    from features.matchup_frames import MatchupFrames

logger = logging.getLogger(__name__)

POPULATION: Final = "asked"
_QUESTION: Final = ("pokemon_a_id", "pokemon_b_id", "available_moves", "available_moves_b")


class Asked(NamedTuple):
    """Plans of matchups that production asked about, columns of :data:`battles.tasks.PLAN`."""

    to_learn: pl.DataFrame
    to_judge: pl.DataFrame


def questions(files: Sequence[Path], most: int) -> pl.DataFrame:
    """Count the questions in capture files; give those asked most, and how often each was.

    Args:
        files: each row once.
        most: questions to give.

    Returns:
        Columns of captured data that make a question, moves in ascending order, and ``times``.

    """
    if not files:
        return pl.DataFrame(
            schema=dict.fromkeys(_QUESTION[:2], pl.Int32())
            | dict.fromkeys(_QUESTION[2:], pl.List(pl.String()))
            | {"times": pl.UInt32()}
        )
    return (
        # Files of another feature contract have other columns, and the same questions.
        pl.concat(pl.scan_parquet(path).select(_QUESTION) for path in files)
        .with_columns(pl.col(_QUESTION[2:]).list.unique().list.sort())
        .group_by(_QUESTION)
        .agg(pl.len().alias("times"))
        .sort("times", *_QUESTION, descending=[True, *[False] * len(_QUESTION)])
        .head(most)
        .collect()
    )


def latest(newest_first: Iterable[Path], rows: int) -> pl.DataFrame:
    """Take the questions of at least so many of the latest predictions, as often as asked.

    Returns:
        Columns of captured data that make a question.

    """
    taken: list[pl.DataFrame] = []
    found = 0
    for path in newest_first:
        if found >= rows:
            break
        try:
            part = pl.read_parquet(path, columns=list(_QUESTION))
        except (OSError, pl.exceptions.PolarsError) as error:
            logger.warning("%s cannot be read: %s", path.name, error)
            continue
        taken.append(part.with_columns(pl.col(_QUESTION[2:]).list.unique().list.sort()))
        found += part.height
    return pl.concat(taken) if taken else questions([], 0).select(_QUESTION)


def plans(asked: pl.DataFrame, dex: Dex, frames: MatchupFrames) -> Asked:
    """Lay questions out as plans; what the dex does not know any more is left out."""
    whole = plan(asked, dex, frames)
    judged = held_out() | for_validation()
    return Asked(whole.filter(~judged), whole.filter(judged))


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
