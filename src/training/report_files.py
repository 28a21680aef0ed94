"""A report as files that programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from training.release_files import ERRORS_FILE, EVALUATION_FILE, RELIABILITY_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from training.report import Report


def write_csv(report: Report, folder: Path) -> list[Path]:
    """Write the parts of a report as CSV files; give their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = {
        EVALUATION_FILE: pl.DataFrame(report.qualities),
        ERRORS_FILE: pl.DataFrame([*report.effects, *report.moves]),
        RELIABILITY_FILE: pl.DataFrame(
            [part for whole in report.reliabilities for part in whole.bins]
        ),
    }
    for name, frame in frames.items():
        frame.write_csv(folder / name)
    return [folder / name for name in frames]
