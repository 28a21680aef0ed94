"""Places on pages of docs/ that a command writes from a record beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Marked:
    """What stands between two marks of a page, and the file that it is made from."""

    record: Path
    page: Path
    begin: str
    end: str

    def put(self, before: str, text: str) -> str:
        """Put a text in its place on the page."""
        head, _, rest = before.partition(self.begin)
        _, _, tail = rest.partition(self.end)
        return f"{head}{self.begin}\n{text}\n{self.end}{tail}"

    def write(self, record: object, text: str) -> None:
        """Write record and page."""
        self.record.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")
        before = self.page.read_text(encoding="utf-8")
        self.page.write_text(self.put(before, text), encoding="utf-8")


def table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], rule: Sequence[str] | None = None
) -> str:
    """Lay out cells in Markdown, to the left unless the rule below the heads says otherwise."""
    lines = (columns, rule or ["---"] * len(columns), *rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
