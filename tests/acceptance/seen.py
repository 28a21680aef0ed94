"""What the hostile did to the service, and the tables of it in docs/security.md."""

from __future__ import annotations

from collections import Counter
from datetime import date  # noqa: TC003  # msgspec resolves field types
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from benchmarks.marked import Marked, table
from tests.programs import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

RECORD: Final = Path(__file__).with_name("seen.json")
PAGE: Final = ROOT / "docs" / "security.md"
PLACE: Final = Marked(RECORD, PAGE, "<!-- written by `make hostile` -->\n", "<!-- to here -->\n")
COUNTED: Final = ("sent", "1xx", "2xx", "3xx", "4xx", "5xx", "no answer")
"""Of requests. No answer: the connection was closed, or nothing came within 0.3 s."""
SERVED: Final = ("honest client asked", "failed", "its p99")


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """What an honest client met meanwhile."""

    asked: int
    failed: int
    p99_ms: float

    def row(self) -> tuple[str, ...]:
        """Show it."""
        return f"{self.asked:,}", f"{self.failed:,}", f"{self.p99_ms:.0f} ms"


class Siege(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that no honest client sends."""

    day: date
    seconds: float
    kinds: dict[str, dict[str, int]]
    """What was counted of each."""
    series: tuple[int, int]
    """Of ``/metrics``: after the warm-up, and in the end."""
    megabytes: tuple[float, float]
    """Resident: before the warm-up, and in the end."""
    honest: Served

    def text(self) -> str:
        """Lay the tables out."""
        total = sum(map(Counter, self.kinds.values()), Counter[str]())
        kinds = [
            (name.replace("_", " "), *(f"{found.get(column, 0):,}" for column in COUNTED))
            for name, found in (*self.kinds.items(), ("all", total))
        ]
        effects = (
            f"{self.seconds:.0f} s",
            *(f"{count:,}" for count in self.series),
            *(f"{size:.0f} MB" for size in self.megabytes),
            *self.honest.row(),
        )
        heads = ("took", "metric series", "in the end", "memory", "in the end", *SERVED)
        return (
            f"Hostile requests, on {self.day}:\n\n{_table(('kind', *COUNTED), kinds)}\n"
            f"{_table(heads, [effects])}"
        )


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """Connections that keep the service waiting."""

    day: date
    opened: int
    at_first: int
    """Held by the service once all had been opened."""
    seconds: float
    after: int
    """Held by it that much later, that of whoever asked included."""
    honest: Served

    def text(self) -> str:
        """Lay the table out."""
        held = f"held after {self.seconds:.0f} s"
        heads = ("connections opened", "held at first", held, *SERVED)
        counts = (f"{count:,}" for count in (self.opened, self.at_first, self.after))
        held_by = _table(heads, [(*counts, *self.honest.row())])
        return f"Slow and silent clients, on {self.day}:\n\n{held_by}"


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What schemathesis tried."""

    day: date
    operations: int
    cases: int
    failures: int

    def text(self) -> str:
        """Lay the table out."""
        counts = (f"{count:,}" for count in (self.operations, self.cases, self.failures))
        tried = _table(("operations", "cases", "failures"), [tuple(counts)])
        return f"schemathesis, on {self.day}:\n\n{tried}"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    siege: Siege
    crowd: Crowd
    document: Document

    def text(self) -> str:
        """Lay all tables out."""
        return "\n".join(part.text() for part in (self.siege, self.crowd, self.document))

    def page(self, before: str) -> str:
        """Put the tables in their place on the page."""
        return PLACE.put(before, self.text())


def read() -> Seen:
    """Read the record."""
    return msgspec.json.decode(RECORD.read_bytes(), type=Seen)


def note(**parts: Siege | Crowd | Document) -> None:
    """Write parts that were seen anew into record and page."""
    seen = msgspec.structs.replace(read(), **parts)
    PLACE.write(seen, seen.text())


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return table(columns, rows, ["---", *["--:"] * (len(columns) - 1)])
