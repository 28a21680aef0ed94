"""A report laid out for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from training.calibration import Reliability
    from training.errors import GroupError
    from training.evaluation import Quality
    from training.report import Report

_WORDS: Final = frozenset({"population", "chooser", "effect", "move"})


def tables(report: Report) -> list[Table]:
    """Lay out all parts of a report, in the order in which they are read."""
    return [
        comparison(report.qualities),
        calibration(report.reliabilities),
        largest_errors("Largest errors by effect of the opening", report.effects),
        largest_errors("Ten worst openings", report.moves),
    ]


def comparison(qualities: Sequence[Quality]) -> Table:
    """Show the choosers side by side, population by population."""
    shown = _table(
        "Held-out matchups: no pair of forms was trained on",
        ("population", "chooser", "matchups", "hit", "regret", "Brier", "log-loss", "over floor"),
    )
    for population in dict.fromkeys(quality.population for quality in qualities):
        for quality in qualities:
            if quality.population == population:
                shown.add_row(*_comparison_cells(quality))
        shown.add_section()
    return shown


def calibration(reliabilities: Iterable[Reliability]) -> Table:
    """Show the expected calibration error beside what chance alone would give."""
    shown = _table(
        "Calibration: mean |predicted - won|",
        ("population", "openings", "error", "by chance"),
    )
    for part in reliabilities:
        shown.add_row(
            part.population, f"{part.rows:,}", f"{part.error:.4f}", f"{part.chance_error:.4f}"
        )
    return shown


def largest_errors(title: str, groups: Sequence[GroupError]) -> Table:
    """Show groups of openings with their part of the error beyond the noise."""
    kind = groups[0].kind if groups else "effect"
    shown = _table(f"{title}: (p - q)^2", (kind, "openings", "share", "excess", "bias"))
    for group in groups:
        shown.add_row(*group.cells())
    return shown


def _table(title: str, columns: Iterable[str]) -> Table:
    shown = Table(title=title, title_justify="left")
    for column in columns:
        shown.add_column(column, justify="left" if column in _WORDS else "right", no_wrap=True)
    return shown


def _comparison_cells(quality: Quality) -> tuple[str, ...]:
    over = ""
    if quality.over_floor is not None and quality.chooser != "floor":
        over = f"{quality.over_floor:+.4f} ± {quality.over_floor_se:.4f}"
    return (
        quality.population,
        quality.chooser,
        f"{quality.matchups:,}",
        f"{quality.hit:.3f}",
        f"{quality.regret:.4f}",
        *("" if value is None else f"{value:.4f}" for value in (quality.brier, quality.log_loss)),
        over,
    )
