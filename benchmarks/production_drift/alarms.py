"""Is drift found, and only drift: `make bench-drift`.

Rows are really computed: duels drawn anew, their features, and the champion's answers. Undrifted
windows ask about the mix of matchups that training drew from, with seeds of their own; shifted ones
ask about something else, wholly or in 30 of 100 predictions. Windows are judged beside the released
baseline, and beside one that is made of as many predictions as a retraining takes.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from benchmarks.production_drift.drawn import PART_ROWS, SEED, Rows, Service, report_of
from rich.console import Console
from rich.table import Table
from scipy.stats import binomtest

from config.settings import DriftSettings
from drift.report import DriftReason, Verdict
from training.reference import baseline as retrained

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drift.report import DriftReport
    from features.counts import Counts

WINDOW: Final = DriftSettings().window_rows
"""Rows that the worker looks at, and of which a retraining makes a baseline."""
WINDOWS: Final = 1_000
SIZES: Final = (200, 500, WINDOW, 2_000, 5_000)
UNDRIFTED_ROWS: Final = 1_000_000
"""For windows of 5,000 there are 200, and fewer with a baseline of their own for each."""
MIXED_IN: Final = 1_000
"""Number of the first part that shifted windows are filled up with."""
SHIFTED_WINDOWS: Final = 100
SHIFTED_SHARES: Final = (1.0, 0.3)
TOLD: Final = (DriftReason.FEATURES, DriftReason.PREDICTIONS, DriftReason.FORMS)


@dataclass(frozen=True, slots=True)
class Shift:
    """Something else is asked from some moment of a window on."""

    words: str
    since: int
    """Predictions from then on."""
    before: int = 0
    retrained: bool = False
    """Whether the baseline is a retraining's."""


FULL: Final = Shift(f"{WINDOW:,} rows", WINDOW)
HALF: Final = WINDOW // 2
SHIFTS: Final = (
    *(Shift(f"{rows:,} rows", rows) for rows in (200, HALF)),
    FULL,
    Shift("2,000 rows", 2_000),
    Shift(f"{HALF:,} after {HALF:,}", HALF, HALF),
    Shift("retrained", WINDOW, retrained=True),
)
ASKED: Final = f"{WINDOW:,} asked"
"""Names the baseline of a retraining."""


def rate(found: int, windows: int) -> str:
    """Tell a share with its 95 % interval."""
    low, high = binomtest(found, windows).proportion_ci(method="wilson")
    return f"{found / windows:.3f} ({low:.3f} to {high:.3f})"


def false_alarms(service: Service, released: Counts) -> Table:
    """Judge windows without drift, beside either baseline."""
    judged: dict[tuple[str, int], list[DriftReport]] = {
        (words, size): [] for words in (f"{released.rows:,} released", ASKED) for size in SIZES
    }
    for rows in service.undrifted(UNDRIFTED_ROWS):
        for (words, size), reports in judged.items():
            # Each has a baseline of its own: one by chance would be in all that are judged by it.
            first = WINDOW if words == ASKED else 0
            for part in _parts(rows, first + size, WINDOWS - len(reports)):
                baseline = released
                if first:
                    baseline = retrained(released, part.take(slice(first)).counts())
                reports.append(report_of(part.take(slice(first, None)).counts(), baseline))
    table = Table(
        "baseline", "rows", "windows", "called drifted (95 % interval)",
        *("by features", "by answers", "by forms"),
        title="Undrifted windows", title_justify="left",
    )  # fmt: skip
    for (words, size), reports in judged.items():
        drifted = sum(report.verdict is Verdict.DRIFTED for report in reports)
        by = (sum(reason in report.reasons for report in reports) for reason in TOLD)
        found = rate(drifted, len(reports))
        table.add_row(words, f"{size:,}", f"{len(reports):,}", found, *map(str, by))
    return table


def _parts(rows: Rows, size: int, most: int) -> Iterator[Rows]:
    """Cut rows into parts that share none."""
    for start in range(0, min(most, len(rows) // size) * size, size):
        yield rows.take(slice(start, start + size))


def detections(shifted: Mapping[str, Rows], undrifted: Rows, released: Counts) -> Table:
    """Judge windows that are shifted, wholly or in part."""
    draw = np.random.default_rng(SEED)

    def report(rows: Rows, share: float, shift: Shift) -> DriftReport:
        moved = round(shift.since * share)
        usual = draw.integers(0, len(undrifted), shift.before + shift.since - moved)
        window = [
            rows.take(draw.choice(len(rows), moved, replace=moved > len(rows))),
            undrifted.take(usual),
        ]
        baseline = released
        if shift.retrained:
            asked = undrifted.take(draw.integers(0, len(undrifted), WINDOW))
            baseline = retrained(released, asked.counts())
        return report_of(Rows.together(window).counts(), baseline)

    table = Table(
        "what is asked", "share", *(shift.words for shift in SHIFTS),
        "features", "largest PSI",
        title=f"Shifted windows called drifted, of {SHIFTED_WINDOWS}", title_justify="left",
    )  # fmt: skip
    for words, rows in shifted.items():
        for share in SHIFTED_SHARES:
            found = {
                shift: [report(rows, share, shift) for _ in range(SHIFTED_WINDOWS)]
                for shift in SHIFTS
            }
            shares = (
                sum(one.verdict is Verdict.DRIFTED for one in reports) / SHIFTED_WINDOWS
                for reports in found.values()
            )
            moved = np.median([len(one.drifted_features) for one in found[FULL]])
            largest = np.median([max(one.psi for one in each.features) for each in found[FULL]])
            numbers = *(f"{one:.3f}" for one in shares), f"{moved:.0f}", f"{largest:.2f}"
            table.add_row(words, f"{share:.0%}", *numbers)
    return table


def main() -> None:
    """Measure and print."""
    console = Console(width=144)
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
