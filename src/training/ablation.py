"""What each group of features is worth: the loss of a model that is trained without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from features.contract import CONTRACT_VERSION, FEATURE_NAMES
from features.groups import FEATURES_OF
from training.trial import Trial, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from training.fit import Parameters
    from training.validation import Split

ABLATION: Final = pl.Schema(
    {
        "contract_version": pl.String(),  # of the features
        "left_out": pl.String(),
        "features": pl.Int64(),  # how many the group has
        "log_loss": pl.Float64(),
        "worse": pl.Float64(),  # log-loss above that of the model with all features
    }
)

NOTHING: Final = "nothing"
"""What the model with all features goes without."""


def ablate(split: Split, parameters: Parameters) -> Iterator[Trial]:
    """Train with all features, then without each group in turn."""
    parts = {NOTHING: (), **{group.value: names for group, names in FEATURES_OF.items()}}
    for left_out, names in parts.items():
        kept = [name for name in FEATURE_NAMES if name not in names]
        yield run(f"without {left_out}", split, parameters, kept, {"left_out": left_out})


def table(trials: Sequence[Trial]) -> pl.DataFrame:
    """Lay out the trials of an ablation as :data:`ABLATION`, what hurts most first.

    Raises:
        ValueError: a group is missing, because the time was over.

    """
    if len(trials) != 1 + len(FEATURES_OF):
        raise ValueError(f"{len(trials)} of {1 + len(FEATURES_OF)} fits done: give it more time")
    whole = next(trial.log_loss for trial in trials if trial.tags["left_out"] == NOTHING)
    rows = [
        (
            CONTRACT_VERSION,
            trial.tags["left_out"],
            len(FEATURE_NAMES) - trial.features,
            trial.log_loss,
            trial.log_loss - whole,
        )
        for trial in trials
    ]
    return pl.DataFrame(rows, schema=ABLATION, orient="row").sort("worse", descending=True)


def read(path: Path) -> pl.DataFrame | None:
    """Read a table of an ablation, None where there is none of today's features.

    Raises:
        ValueError: it is another table.

    """
    if not path.exists():
        return None
    found = pl.read_csv(path, schema_overrides=ABLATION)
    if found.schema != ABLATION:
        raise ValueError(f"{path} does not hold an ablation: {found.schema}")
    return found if found["contract_version"].eq(CONTRACT_VERSION).all() else None
