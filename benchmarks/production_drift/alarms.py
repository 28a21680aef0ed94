"""Is drift found, and only drift: `make bench-drift`.

Rows are really computed: duels drawn anew, their features, and the champion's answers. Undrifted
windows ask about the mix of matchups that training drew from, with seeds of their own; shifted ones
ask about something else, wholly or in 30 of 100 predictions.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import numpy as np
from benchmarks.production_drift.drawn import PART_ROWS, SEED, Rows, Service, report_of
from rich.console import Console
from rich.table import Table
from scipy.stats import binomtest

from drift.report import DriftReason, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drift.report import DriftReport
    from features.counts import Counts

WINDOWS: Final = 1_000
SIZES: Final = (200, 500, 1_000, 5_000)
UNDRIFTED_ROWS: Final = 1_500_000
"""For windows of 5,000 there are 300."""
MIXED_IN: Final = 1_000
"""Number of the first part that shifted windows are filled up with."""
SHIFTED_WINDOWS: Final = 300
SHIFTED_SIZES: Final = (200, 500, 1_000)
SHIFTED_SHARES: Final = (1.0, 0.3)


def rate(found: int, windows: int) -> str:
    """Tell a share with its 95 % interval."""
    low, high = binomtest(found, windows).proportion_ci(method="wilson")
    return f"{found / windows:.3f} ({low:.3f} to {high:.3f})"


def false_alarms(service: Service, baseline: Counts) -> Table:
    """Judge windows without drift."""
    reports: dict[int, list[DriftReport]] = {size: [] for size in SIZES}
    for rows in service.undrifted(UNDRIFTED_ROWS):
        for size, found in reports.items():
            windows = min(WINDOWS - len(found), len(rows) // size)
            for start in range(0, windows * size, size):
                found.append(report_of(rows.take(slice(start, start + size)).counts(), baseline))
    table = Table(
        "rows", "windows", "called drifted (95 % interval)", "by features", "by answers",
        title="Undrifted windows", title_justify="left",
    )  # fmt: skip
    for size, found in reports.items():
        drifted = sum(report.verdict is Verdict.DRIFTED for report in found)
        by = [
            sum(reason in report.reasons for report in found)
            for reason in (DriftReason.FEATURES, DriftReason.PREDICTIONS)
        ]
        table.add_row(f"{size:,}", f"{len(found):,}", rate(drifted, len(found)), *map(str, by))
    return table


def detections(shifted: Mapping[str, Rows], undrifted: Rows, baseline: Counts) -> Table:
    """Judge windows that are shifted, wholly or in part."""
    draw = np.random.default_rng(SEED)
    table = Table(
        "what is asked", "share",
        *(f"{size:,} rows" for size in SHIFTED_SIZES),
        f"features, of {SHIFTED_SIZES[-1]:,} rows", "largest PSI",
        title=f"Shifted windows called drifted, of {SHIFTED_WINDOWS}", title_justify="left",
    )  # fmt: skip
    for words, rows in shifted.items():
        for share in SHIFTED_SHARES:
            found, reports = [], []
            for size in SHIFTED_SIZES:
                moved = round(size * share)
                reports = [
                    report_of(
                        Rows.together(
                            [
                                rows.take(draw.choice(len(rows), moved, replace=moved > len(rows))),
                                undrifted.take(draw.integers(0, len(undrifted), size - moved)),
                            ]
                        ).counts(),
                        baseline,
                    )
                    for _ in range(SHIFTED_WINDOWS)
                ]
                drifted = sum(report.verdict is Verdict.DRIFTED for report in reports)
                found.append(f"{drifted / SHIFTED_WINDOWS:.3f}")
            moved_features = np.median([len(report.drifted_features) for report in reports])
            largest = np.median([max(one.psi for one in report.features) for report in reports])
            table.add_row(words, f"{share:.0%}", *found, f"{moved_features:.0f}", f"{largest:.2f}")
    return table


def main() -> None:
    """Measure and print."""
    console = Console(width=120)
    service = Service()
    baseline = service.release.baseline
    if baseline is None:
        sys.exit("the released champion carries no baseline: run scripts/feature_bins.py")
    console.print(f"baseline {baseline.rows:,} rows, bins {baseline.bins}")
    undrifted = Rows.together([*service.undrifted(2 * PART_ROWS, MIXED_IN)])
    console.print(false_alarms(service, baseline))
    console.print(detections(service.shifted(), undrifted, baseline))


if __name__ == "__main__":
    main()
