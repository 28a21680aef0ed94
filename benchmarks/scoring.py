"""What one prediction costs beside a bare CatBoost call: `make bench-scoring`.

Everything is measured in one process and interleaved, so that a busy machine slows all of it; the
ratios are what to look at. Duels are drawn like those that the champion is judged on.
"""

from __future__ import annotations

import gc
import os
import resource
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ROUNDS: Final = 400
BATCH_ROUNDS: Final = 15
BATCH: Final = 1_000


def rss_mb() -> float:
    """Give the resident memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def timed(call: Callable[[], object]) -> float:
    """Run once; give the microseconds."""
    began = perf_counter()
    call()
    return (perf_counter() - began) * 1e6


def main() -> None:
    """Measure and print."""
    libraries = rss_mb()
    from etl.snapshot import load_dex
    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor
    from inference.scoring import Duel, compute_features, score
    from training import dataset, released

    imported = rss_mb()
    dex = load_dex()
    frames = MatchupFrames.prepare(dex)
    predictor = Predictor.load(
        released.MODEL_FILE, version="v1", contract_version=released.release().contract_version
    )
    judged = dataset.read(released.TRUTH_FILE).filter(
        pl.col("population").is_in(["closed", "open"])
    )
    rows = judged.group_by("matchup_id", maintain_order=True).agg(
        pl.first("pokemon_a_id", "pokemon_b_id", "moves_a", "moves_b", "b_known")
    )
    duels = [
        Duel(
            row["pokemon_a_id"],
            row["pokemon_b_id"],
            tuple(sorted(row["moves_a"])),
            tuple(sorted(row["moves_b"])) if row["b_known"] else None,
        )
        for row in rows.sample(BATCH, seed=1).iter_rows(named=True)
    ]
    score(frames, predictor, duels[:1])
    loaded = rss_mb()
    matrix = compute_features(frames, duels)
    one, many = np.ascontiguousarray(matrix[:4]), np.ascontiguousarray(matrix)

    def bare(rows: NDArray[np.float32], threads: int) -> Callable[[], object]:
        return lambda: predictor.model.predict(
            rows, prediction_type="RawFormulaVal", thread_count=threads
        )

    turn = iter(range(10**9))

    def next_duel() -> list[Duel]:
        return [duels[next(turn) % BATCH]]

    single = {
        "bare CatBoost call, 4 rows": bare(one, 1),
        "features, 1 request": lambda: compute_features(frames, next_duel()),
        "features and prediction, 1 request": lambda: score(frames, predictor, next_duel()),
    }
    batch = {
        f"bare CatBoost call, {len(many):,} rows": bare(many, -1),
        f"features, {BATCH:,} requests": lambda: compute_features(frames, duels),
        f"features and prediction, {BATCH:,} requests": lambda: score(frames, predictor, duels),
    }
    gc.freeze()
    table = Table(title=f"Scoring, {os.cpu_count()} cores, {os.getloadavg()[0]:.1f} load")
    for column in ("what", "median us", "p95 us", "us a request", "x bare"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for measured, rounds, requests in ((single, ROUNDS, 1), (batch, BATCH_ROUNDS, BATCH)):
        times: dict[str, list[float]] = {name: [] for name in measured}
        for _ in range(rounds):
            for name, call in measured.items():
                times[name].append(timed(call))
        base = median(next(iter(times.values())))
        for name, taken in times.items():
            middle = median(taken)
            table.add_row(
                name,
                f"{middle:,.0f}",
                f"{quantiles(taken, n=20)[-1]:,.0f}",
                f"{middle / requests:,.1f}",
                f"{middle / base:.2f}",
            )
        table.add_section()
    console = Console(width=100)
    console.print(table)
    console.print(
        f"memory: {libraries:.0f} MB before, +{imported - libraries:.0f} MB libraries,"
        f" +{loaded - imported:.0f} MB dex, kernels and model"
    )


if __name__ == "__main__":
    main()
