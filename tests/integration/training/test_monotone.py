"""More power, more accuracy or more speed never lowers the released champion's probabilities.

A copy of a form or of a move, better in one thing, is added to the dex; A then fights with the
copy. Trees are not monotone by construction, so small drops exist; they must stay below what
separates the model from the truth.

A better move can truly do harm where it makes the policy, which looks one turn ahead, prefer it to
another one on later turns: a more accurate Hyper Beam is such a move. Openings whose improvement
changes the policy's preference are therefore counted, and judged apart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pytest

from features.compute import compute
from features.matchup_frames import MatchupFrames
from training.feature_roles import EXPECTED_DAMAGE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.dex import Dex
    from inference.predictor import Predictor

COPY: Final = 20_000
"""Added to the id of a form or move: the id of its copy."""

MEAN_DROP: Final = 0.1
"""Bound of the mean of max(0, drop), as a share of the model's own distance to the truth.

Of two predictions of the same chance that err independently, it would be 0.56.
"""
LARGE_DROP: Final = 0.055  # answers come in whole points
LARGE_SHARE: Final = 0.02
"""Bound of the share of openings that lose more than five points.

Of two predictions that err independently by the model's distance to the truth, 6 % would.
"""


def _with_copies(dex: Dex, table: str, key: str, better: pl.Expr) -> Dex:
    """Add a copy of every row, better in one column; forms bring their learnset along."""
    rows = getattr(dex, table)
    new_id = (pl.col(key) + COPY).cast(rows.schema[key])
    altered = pl.concat([rows, rows.with_columns(new_id, better)])
    learnset = dex.learnset
    if table == "forms":
        learnset = pl.concat([learnset, learnset.with_columns(pl.col("form_id") + COPY)])
    return replace(
        dex, **{table: altered, "learnset": learnset, "version": f"{dex.version} {table}"}
    )


def _opened(
    champion: Predictor, frames: MatchupFrames, duels: pl.DataFrame
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Give each duel's probability with its first move, and the position of the policy's move."""
    features = compute(frames, duels)
    rows = pl.DataFrame(
        {
            "duel": np.repeat(np.arange(duels.height), duels["moves_a"].list.len()),
            "probability": champion.predict(features.to_numpy()),
            "expected": features[EXPECTED_DAMAGE],
        }
    )
    opened = rows.group_by("duel", maintain_order=True).agg(
        pl.first("probability"), pl.col("expected").arg_max().cast(pl.Int64)
    )
    return opened["probability"].to_numpy(), opened["expected"].to_numpy()


def _measure(
    what: str, before: NDArray[np.float64], after: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Give mean drop, mean gain and the share of large drops, and print them."""
    drop = np.maximum(0.0, before - after)
    gain = np.maximum(0.0, after - before)
    large = float((drop > LARGE_DROP).mean())
    print(  # noqa: T201  # the measured numbers are what a reader of the run wants
        f"{what}: {len(drop):,} openings, mean drop {drop.mean():.5f}, mean gain"
        f" {gain.mean():.5f}, drops > {LARGE_DROP:.0%}: {large:.3%}, largest {drop.max():.3f}"
    )
    return float(drop.mean()), float(gain.mean()), large


def _judge(
    what: str, before: NDArray[np.float64], after: NDArray[np.float64], model_error: float
) -> None:
    """Hold what was measured against the bounds."""
    drop, gain, large = _measure(what, before, after)
    assert drop <= MEAN_DROP * model_error
    assert large <= LARGE_SHARE
    assert gain > 5 * drop


@pytest.mark.parametrize("factor", [1.1, 1.5])
def test_more_speed_does_no_harm(
    dex: Dex, champion: Predictor, duels: pl.DataFrame, model_error: float, factor: float
) -> None:
    """A form that is faster, and else the same, does not win less."""
    faster = (pl.col("speed") * factor).ceil().cast(pl.Int16)
    frames = MatchupFrames.prepare(_with_copies(dex, "forms", "form_id", faster))
    before = champion.predict(compute(frames, duels).to_numpy())
    after = champion.predict(
        compute(frames, duels.with_columns(pl.col("pokemon_a_id") + COPY)).to_numpy()
    )
    _judge(f"speed x {factor}", before, after, model_error)


@pytest.mark.parametrize(
    ("column", "by", "better", "applies"),
    [
        ("power", "x 1.2", pl.col("power") * 1.2, pl.col("power") > 0),
        ("power", "x 2", pl.col("power") * 2, pl.col("power") > 0),
        (
            "accuracy",
            "+ 15",
            pl.min_horizontal(pl.col("accuracy") + 15, 100),
            pl.col("accuracy") < 100,
        ),
    ],
)
def test_a_better_move_does_no_harm(  # noqa: PLR0913, PLR0917  # fixtures and cases
    dex: Dex,
    champion: Predictor,
    duels: pl.DataFrame,
    model_error: float,
    column: str,
    by: str,
    better: pl.Expr,
    applies: pl.Expr,
) -> None:
    """Opening with a move that is stronger or more accurate, and else the same, wins no less."""
    frames = MatchupFrames.prepare(
        _with_copies(dex, "moves", "move_id", better.cast(pl.Int16).alias(column))
    )
    improved = dex.moves.filter(applies)["move_id"]
    openings = duels.with_columns(opening=pl.col("moves_a")).explode("opening")
    openings = openings.filter(pl.col("opening").is_in(improved.implode()))
    others = pl.col("moves_a").list.set_difference(pl.concat_list("opening")).list.sort()
    plain, copied = (
        openings.select(
            "pokemon_a_id",
            "pokemon_b_id",
            # The move and its copy stand at the same place, so that ties fall alike.
            pl.concat_list(pl.col("opening") + added, others).alias("moves_a"),
            "moves_b",
        )
        for added in (0, COPY)
    )
    before, preferred_before = _opened(champion, frames, plain)
    after, preferred_after = _opened(champion, frames, copied)
    same = preferred_before == preferred_after
    _measure(f"{column} {by}, policy prefers another move", before[~same], after[~same])
    _judge(f"{column} {by}, policy as before", before[same], after[same], model_error)
