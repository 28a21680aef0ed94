"""`docs/benchmarks.md`, and the record that it is written from."""

from __future__ import annotations

import os
import platform
import textwrap
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import psutil
from benchmarks.questions import POOL
from benchmarks.side_by_side import Spread  # noqa: TC002  # msgspec reads it

from config.settings import ServerSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

OVERLOADS: Final = (2, 5)
"""Times the capacity that the service is asked for."""
RECORD: Final = Path(__file__).parents[1] / "recorded.json"
PAGE: Final = Path(__file__).parents[2] / "docs" / "benchmarks.md"
_PACKAGES: Final = (
    *("litestar", "uvicorn", "uvloop", "httptools", "msgspec"),
    *("polars", "catboost", "numba", "opentelemetry-sdk"),
)


class Table(msgspec.Struct, frozen=True):
    """Cells as they are shown."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """Lay it out."""
        columns = zip(*self.rows, strict=True)
        numbers = (all(cell[:1].isdigit() for cell in column if cell) for column in columns)
        rule = ["--:" if right else "---" for right in numbers]
        return "\n".join(f"| {' | '.join(row)} |" for row in (self.columns, rule, *self.rows))


def _laid_out(part: Table | str) -> str:
    return part.markdown() if isinstance(part, Table) else textwrap.fill(part, 100)


class Section(msgspec.Struct, frozen=True):
    """What was found out about one thing."""

    title: str
    parts: tuple[Table | str, ...]

    def markdown(self) -> str:
        """Lay it out."""
        return "\n\n".join(
            (
                f"## {self.title}",
                *(_laid_out(part) for part in self.parts),
            )
        )


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    command: str
    day: date
    machine: str
    versions: dict[str, str]
    findings: dict[str, Spread]
    """What targets are about."""
    ratios: dict[str, Spread]
    """What later runs of the gate are held to."""
    sections: tuple[Section, ...]

    def markdown(self) -> str:
        """Write the page."""
        versions = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        written = (
            f"Written by `make bench` (`{self.command}`), which measures everything below in one "
            "go; not edited by hand. `make bench-gate` compares its main ratios with this run."
        )
        measured = (
            f"Measured on {self.day} with {self.machine}; {versions}. Load generator, collector "
            "and Prometheus share the cores with the service, so ratios are what to look at. They "
            "are taken round by round, each round in the other order: the median, then the lowest "
            "and the highest. Processor time is that of the service's own processes. Questions "
            f"are drawn from {POOL:,} different ones."
        )
        tools = (
            "Closed loops are wrk's. Fixed rates come from a small client of this repository that "
            "counts from when a question was due: Vegeta takes several times its processor time on "
            "cores that the service needs, wrk keeps no rate, and hey, bombardier and h2load ask "
            "the same question again and again."
        )
        parts = (
            "# Benchmarks",
            _laid_out(written),
            _laid_out(measured),
            _laid_out(tools),
            Section("Targets", (_targets(self.findings),)).markdown(),
            *(section.markdown() for section in self.sections),
        )
        return "\n\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be reached."""

    text: str
    finding: str
    bound: float
    least: bool
    """Whether it is to be reached from below."""
    unit: str = ""

    def row(self, found: Spread | None) -> tuple[str, ...]:
        """Say whether it was."""
        bound = f"{'≥' if self.least else '≤'} {self.bound:g}{self.unit}"
        if found is None:
            return (self.text, bound, "", "", "not measured")
        met = found.middle >= self.bound if self.least else found.middle <= self.bound
        middle = f"{number(found.middle)}{self.unit}"
        return (self.text, bound, middle, ends(found), "met" if met else "**not met**")


TARGETS: Final = (
    Target(
        "best-move, fully observed, beside bare: requests/s", "observed / bare", 0.5, least=True
    ),
    Target("telemetry on beside off: requests/s", "telemetry on / off", 0.75, least=True),
    Target("the same with capture", "telemetry on / off, with capture", 0.75, least=True),
    Target("capture on beside off: requests/s", "capture on / off", 0.9, least=True),
    Target("the same with telemetry", "capture on / off, with telemetry", 0.9, least=True),
    Target("its journal alone beside capture off: requests/s", "journal / off", 0.9, least=True),
    Target("p99 beside bare's", "p99 / bare's", 3, least=False),
    Target("rows/s of a batch of 1,000 beside raw CatBoost", "batch / CatBoost", 0.5, least=True),
    Target("2 workers beside one, each with cores of its own", "2 workers / 1", 1.7, least=True),
    Target("resident memory of a worker, after load", "worker MB", 400, least=False, unit=" MB"),
    Target("`make run` from an empty clone", "clone seconds", 120, least=False, unit=" s"),
    Target("second start", "second start seconds", 6, least=False, unit=" s"),
    Target(
        "slowest request at half load, with reloads and files written",
        *("steady highest ms", 100),
        least=False,
        unit=" ms",
    ),
    *(
        Target(
            f"p99 of what is let in at {times} times its capacity",
            f"overload {times} p99 ms",
            1e3 * ServerSettings().longest_wait_seconds,
            least=False,
            unit=" ms",
        )
        for times in OVERLOADS
    ),
)


def _targets(findings: dict[str, Spread]) -> Table:
    return Table(
        ("target", "bound", "measured", "lowest to highest", "met"),
        tuple(target.row(findings.get(target.finding)) for target in TARGETS),
    )


def report(
    command: str,
    findings: dict[str, Spread],
    ratios: dict[str, Spread],
    sections: Iterable[Section],
) -> Report:
    """Put a run together with where and when it was."""
    memory = psutil.virtual_memory().total / 2**30
    return Report(
        command=command,
        day=datetime.now(UTC).date(),
        machine=f"{os.cpu_count()} cores and {memory:.0f} GB of memory",
        versions={"Python": platform.python_version()}
        | {package: version(package) for package in _PACKAGES},
        findings=findings,
        ratios=ratios,
        sections=tuple(sections),
    )


def read() -> Report:
    """Read the run that is recorded."""
    return msgspec.json.decode(RECORD.read_bytes(), type=Report)


def write(run: Report) -> None:
    """Record a run and write the page."""
    RECORD.write_bytes(msgspec.json.format(msgspec.json.encode(run)) + b"\n")
    PAGE.write_text(run.markdown(), encoding="utf-8")


def number(value: float) -> str:
    """Show three digits, or all of those before the point."""
    places = ((100, 0), (10, 1), (0.1, 2))
    digits = next((digits for least, digits in places if abs(value) >= least), 3)
    return f"{value:,.{digits}f}"


def ends(spread: Spread) -> str:
    """Show how far a value was spread."""
    return f"{number(spread.lowest)} to {number(spread.highest)}"
