"""What became of answered predictions: counted in the files, printed, and noted where asked for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import polars as pl
from benchmarks.losses import Trial, note

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    import pytest


def captured(data_dir: Path) -> Counter[str]:
    """Count how often each prediction stands in the files."""
    files = list((data_dir / "production").glob("*.parquet"))
    return Counter(
        pl.concat([pl.read_parquet(file, columns=["prediction_id"]) for file in files])[
            "prediction_id"
        ]
    )


def count(  # noqa: PLR0913  # where to look, and what for
    request: pytest.FixtureRequest,
    what: str,
    data_dir: Path,
    *,
    answered: Collection[str],
    statuses: Mapping[int | str, int],
    further: str = "",
) -> Trial:
    """Look for answered predictions in the files; with ``--record``, put it on the page."""
    written = captured(data_dir)
    trial = Trial.today(
        answered=len(answered),
        missing=len(set(answered) - set(written)),
        doubled=sum(times > 1 for times in written.values()),
        statuses=statuses,
        further=further,
    )
    print(f"{what}: {' | '.join(trial.row())}")  # noqa: T201  # the numbers that are asked for
    if request.config.getoption("record"):
        note(what, trial)
    return trial
