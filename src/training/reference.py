"""The reference population: what the champion recommends over training matchups.

Production data holds the features of recommended moves, so drift is measured against rows that
were chosen the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
import polars as pl

from battles.publishing import whole
from features.contract import FEATURE_NAMES
from features.counting import count
from features.counts import merged
from training.choosers import as_answered
from training.dataset import LABELS, examples

if TYPE_CHECKING:
    from pathlib import Path

    from features.counts import Counts
    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor

ROWS: Final = 10_000
SEED: Final = 7
MODEL: Final = "dexwatch.model"
"""Key, in the file's metadata, of the SHA-256 of the model whose recommendations these are."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a model recommends over matchups of its training, one row a matchup."""

    features: pl.DataFrame
    """The 133 features."""
    answers: pl.DataFrame
    """Columns ``pokemon_a_id``, ``pokemon_b_id`` and ``win_probability``, row by row."""

    @property
    def baseline(self) -> Counts:
        """The counts that later predictions are compared with."""
        return count(
            self.features.to_numpy(),
            self.answers["win_probability"].to_numpy(),
            self.answers["pokemon_a_id"].to_numpy(),
            self.answers["pokemon_b_id"].to_numpy(),
        )


def build(frames: MatchupFrames, predictor: Predictor, labels: pl.DataFrame) -> Reference:
    """Compute the reference rows.

    Args:
        frames: the prepared dex.
        predictor: the champion.
        labels: training labels, see :data:`training.dataset.LABELS`.

    Returns:
        At most 10,000 rows, one a matchup, drawn without replacement.

    """
    matchups = labels["matchup_id"].unique(maintain_order=True)
    drawn = matchups.sample(min(ROWS, len(matchups)), seed=SEED)
    data = examples(frames, labels.filter(pl.col("matchup_id").is_in(drawn.implode())))
    predicted = predictor.predict(data.matrix)
    scored = data.features.with_columns(
        data.labels.select("matchup_id", "pokemon_a_id", "pokemon_b_id"),
        win_probability=pl.Series(predicted),
        score=pl.Series(as_answered(predicted, data.features)),
    )
    recommended = (
        scored.sort("score", descending=True, maintain_order=True)
        .unique("matchup_id", keep="first", maintain_order=True)
        .sort("matchup_id")
    )
    return Reference(
        recommended.select(FEATURE_NAMES),
        recommended.select("pokemon_a_id", "pokemon_b_id", "win_probability"),
    )


def baseline(trained: Counts, asked: Counts | None) -> Counts:
    """Give the counts that later predictions of a model are compared with.

    Where production has said what it asks, that is what a change is measured from; a form is known
    that it asked about, or that the model has learnt.
    """
    if asked is None:
        return trained
    both = trained, asked
    return msgspec.structs.replace(
        asked,
        forms_a=merged(counts.forms_a for counts in both),
        forms_b=merged(counts.forms_b for counts in both),
    )


def unplayed(plan: pl.DataFrame) -> pl.DataFrame:
    """Give a plan the form of labels that :func:`build` takes, which looks at no outcome."""
    nothing = pl.lit(0, pl.Int32)
    return (
        plan.explode("openings")
        .rename({"openings": "opening"})
        .with_columns(games=pl.lit(1, pl.Int32), wins=nothing, draws=nothing)
        .select(LABELS.names())
    )


def is_of(path: Path, model_sha256: str) -> bool:
    """Tell whether a file holds this model's reference, in the features of today's contract."""
    try:
        return (
            pl.read_parquet_schema(path) == dict.fromkeys(FEATURE_NAMES, pl.Float32())
            and pl.read_parquet_metadata(path).get(MODEL) == model_sha256
        )
    except (OSError, pl.exceptions.PolarsError):
        return False


def write(rows: pl.DataFrame, path: Path, model_sha256: str) -> None:
    """Write a model's reference whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as partial:
        rows.write_parquet(partial, compression="zstd", metadata={MODEL: model_sha256})
