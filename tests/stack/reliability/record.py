"""What was done to each component and what was seen, and the table of it in docs/reliability.md."""

from __future__ import annotations

from datetime import date  # noqa: TC003  # msgspec resolves field types
from pathlib import Path
from typing import Final

import msgspec
from benchmarks.marked import Marked, table
from tests.programs import ROOT

RECORD: Final = Path(__file__).with_name("recorded.json")
PAGE: Final = ROOT / "docs" / "reliability.md"
PLACE: Final = Marked(RECORD, PAGE, "<!-- written by `make faults` -->\n", "<!-- to here -->\n")
COLUMNS: Final = (
    "component",
    "fault",
    "away",
    "predictions",
    "failed",
    "p99 before",
    "p99 during",
    "`/health` says",
    "feedback",
    "alert",
    "firing after",
    "well after",
    "rows lost, doubled",
)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One fault."""

    component: str
    fault: str
    away_seconds: float
    asked: int
    """Predictions, from the fault until the component was well again."""
    failed: int
    p99_before_ms: float
    p99_during_ms: float
    health: str
    """What ``/health`` named as not well."""
    ready: int
    """Status of ``/health/ready`` meanwhile."""
    feedback: str
    """Status of feedback meanwhile, and how long it took."""
    alerts: tuple[str, ...]
    """That fired and name a component."""
    firing_seconds: float | None
    """From the fault to the alert; None where none is to fire."""
    well_seconds: float
    """From the end of the fault until everything worked again."""
    lost: int = 0
    """Answered predictions that no file holds."""
    doubled: int = 0

    def row(self) -> tuple[str, ...]:
        """Show it."""
        firing = "" if self.firing_seconds is None else f"{self.firing_seconds:.1f} s"
        return (
            self.component,
            self.fault,
            f"{self.away_seconds:.1f} s",
            f"{self.asked:,}",
            f"{self.failed:,}",
            f"{self.p99_before_ms:.0f} ms",
            f"{self.p99_during_ms:.0f} ms",
            self.health,
            self.feedback,
            ", ".join(self.alerts) or "none",
            firing,
            f"{self.well_seconds:.1f} s",
            f"{self.lost}, {self.doubled}",
        )


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    day: date
    times: int
    """How many times as fast the clock of the rules was."""
    per_second: int
    """Requests, of which a fifth were batches of five."""
    faults: tuple[Seen, ...]

    def table(self) -> str:
        """Lay the table out."""
        return (
            f"Seen on {self.day:%Y-%m-%d} at {self.per_second} requests a second, a fifth of them"
            f" batches of five, with\nthe rules' clock {self.times} times as fast.\n\n"
        ) + table(COLUMNS, (seen.row() for seen in self.faults))

    def page(self, before: str) -> str:
        """Put the table in its place on the page."""
        return PLACE.put(before, self.table())

    def write(self) -> None:
        """Write record and page."""
        PLACE.write(self, self.table())


def read() -> Run:
    """Read the record."""
    return msgspec.json.decode(RECORD.read_bytes(), type=Run)
