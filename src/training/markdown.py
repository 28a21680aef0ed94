"""Tables in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out text cells; columns of numbers are aligned to the right."""
    cells = [list(row) for row in rows]
    marks = [
        "--:" if all(_is_number(row[at]) for row in cells) else "---" for at in range(len(columns))
    ]
    lines = [list(columns), marks, *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _is_number(text: str) -> bool:
    """Tell whether a cell begins like a number, or is empty for want of one."""
    return not text or text.lstrip("+-")[:1].isdigit()
