"""How long a drift report takes, beside Evidently on the same rows: a part of `make bench-drift`.

Evidently runs in an environment of its own (see Makefile), in turn with ours; what it takes to
start, to import and to hand it the data does not count against it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from benchmarks.production_drift.drawn import PART_ROWS, Rows, Service, report_of
from rich.console import Console
from rich.table import Table

from capture.archive.history import CaptureHistory
from capture.columns import IDENTIFYING
from capture.tally import metadata_of, tally
from drift.window import WindowReader
from features.contract import FEATURE_NAMES
from features.counts import total

if TYPE_CHECKING:
    from collections.abc import Callable


HERE: Final = Path(__file__).parent
EVIDENTLY: Final = HERE / ".evidently" / "bin" / "python"
ROWS: Final = 2 * PART_ROWS
ROUNDS: Final = 2
OWN_ROUNDS: Final = 5
"""In each round: ours is over in no time."""
FILE_ROWS: Final = 100


def timed(call: Callable[[], object]) -> float:
    """Run once; give the seconds."""
    began = perf_counter()
    call()
    return perf_counter() - began


def evidently(folder: Path, method: str) -> float:
    """Let Evidently report on the same rows; give the seconds that its report took."""
    done = subprocess.run(  # noqa: S603  # our own program
        [EVIDENTLY, HERE / "evidently_report.py", folder, method],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout.splitlines()[-1])


def frame_of(rows: Rows) -> pl.DataFrame:
    """Lay rows out as capture files hold them."""
    identifying = {
        "prediction_id": [str(number) for number in range(len(rows))],
        "predicted_at": [datetime.now(UTC)] * len(rows),
        "trace_id": [None] * len(rows),
        "model_version": ["v1"] * len(rows),
        "pokemon_a_id": rows.forms[0],
        "pokemon_b_id": rows.forms[1],
        "available_moves": [["surf"]] * len(rows),
        "available_moves_b": [None] * len(rows),
        "recommended_move": ["surf"] * len(rows),
        "win_probability": rows.probabilities,
        "win_probabilities": [[0.5]] * len(rows),
    }
    features = pl.DataFrame(rows.features, schema=dict.fromkeys(FEATURE_NAMES, pl.Float32()))
    beside = pl.DataFrame(identifying, schema=dict(IDENTIFYING))
    return pl.concat([features, beside], how="horizontal")


def write_files(rows: Rows, folder: Path) -> CaptureHistory:
    """Write rows as a worker's small files."""
    history = CaptureHistory.of(folder)
    history.small.path.mkdir(parents=True)
    for number in range(0, len(rows), FILE_ROWS):
        frame = frame_of(rows.take(slice(number, number + FILE_ROWS)))
        frame.write_parquet(
            history.small.path / f"production_data_20260130_120000_{number}.parquet",
            compression="lz4",
            statistics=False,
            metadata=metadata_of(tally(frame)),
        )
    return history


def main() -> None:
    """Measure and print."""
    if not EVIDENTLY.exists():
        sys.exit("Evidently has no environment yet: run `make bench-drift`")
    console = Console(width=120)
    service = Service()
    baseline = service.release.baseline
    if baseline is None:
        sys.exit("the released champion carries no baseline: run scripts/feature_bins.py")
    rows = Rows.together([*service.undrifted(ROWS)])
    counts = rows.counts()
    since = datetime(2026, 1, 1, tzinfo=UTC)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "reference.npy", service.reference())
        np.save(folder / "window.npy", rows.features)
        (folder / "names.txt").write_text("\n".join(FEATURE_NAMES), encoding="ascii")
        history = write_files(rows, folder)

        def from_files() -> None:
            found = WindowReader(history).between("v1", since, since + timedelta(days=9_999)).tally
            assert found is not None  # noqa: S101  # they have just been written
            report_of(found.counts, baseline)

        days = [counts] * 1_000
        ours = {
            f"{len(rows):,} rows, counted": lambda: report_of(rows.counts(), baseline),
            f"{len(rows) // FILE_ROWS:,} files, by the counts they carry": from_files,
            "counts": lambda: report_of(counts, baseline),
            f"{len(days) * len(rows):,} rows in {len(days):,} parts, by counts": lambda: report_of(
                total(days), baseline
            ),
        }
        theirs = {"Evidently, its defaults": "default", "Evidently, PSI": "psi"}
        seconds: dict[str, list[float]] = {what: [] for what in (*theirs, *ours)}
        for _ in range(ROUNDS):
            for what, method in theirs.items():
                seconds[what].append(evidently(folder, method))
                for own, call in ours.items():
                    seconds[own] += [timed(call) for _ in range(OWN_ROUNDS)]
        console.print(_table(seconds, list(theirs)))
        first = frame_of(rows.take(slice(FILE_ROWS)))
        counting = median(timed(lambda: metadata_of(tally(first))) for _ in range(200))
        size = len(str(metadata_of(tally(first))))
        console.print(
            f"a file of {FILE_ROWS} rows: counting and encoding {counting * 1e3:.2f} ms, "
            f"{size:,} bytes beside {_size(first):,}"
        )


def _table(seconds: dict[str, list[float]], theirs: list[str]) -> Table:
    table = Table(
        "report over", "seconds, median", "least", "most",
        *(f"times as fast as {what}" for what in theirs),
        title=f"Drift of {ROWS:,} rows x {len(FEATURE_NAMES)} features", title_justify="left",
    )  # fmt: skip
    for what, taken in seconds.items():
        ratios = [f"{median(seconds[other]) / median(taken):,.1f}" for other in theirs]
        table.add_row(what, *(f"{f(taken):.4f}" for f in (median, min, max)), *ratios)
    return table


def _size(frame: pl.DataFrame) -> int:
    with tempfile.NamedTemporaryFile() as file:
        frame.write_parquet(file.name, compression="lz4", statistics=False)
        return Path(file.name).stat().st_size


if __name__ == "__main__":
    main()
