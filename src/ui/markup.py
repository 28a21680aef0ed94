"""The few pieces of HTML that Streamlit has no words for. Every text that comes in is escaped.

Its looks stand in ``style.css``.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ui.schema import TypeItem

_COLOURS: Final = {
    "normal": "#9fa19f",
    "fighting": "#ff8000",
    "flying": "#81b9ef",
    "poison": "#9141cb",
    "ground": "#915121",
    "rock": "#afa981",
    "bug": "#91a119",
    "ghost": "#704170",
    "steel": "#60a1b8",
    "fire": "#e62829",
    "water": "#2980ef",
    "grass": "#3fa129",
    "electric": "#fac000",
    "psychic": "#ef4179",
    "ice": "#3dcef3",
    "dragon": "#5060e1",
    "dark": "#624d4e",
    "fairy": "#ef70ef",
}
_SIGNS: Final = {0.25: "¼", 0.5: "½"}
_GREEN: Final = 130


def times(multiplier: float) -> str:
    """Write a multiplier as people do."""
    return f"×{_SIGNS.get(multiplier, format(multiplier, 'g'))}"


def percent(share: float) -> str:
    """Write a share in whole percent."""
    return f"{share:.0%}".replace("%", "\N{NARROW NO-BREAK SPACE}%")


def tag(kind: TypeItem) -> str:
    """Show a type by its colour and name."""
    colour = _COLOURS.get(kind.identifier, "gray")
    return f'<span class="dx-tag"><i style="--c:{colour}"></i>{escape(kind.name)}</span>'


def tags(kinds: Iterable[TypeItem]) -> str:
    """Show types beside each other."""
    return " ".join(tag(kind) for kind in kinds)


def bar(share: float, label: str, *, hue: int | None = None) -> str:
    """Draw a share as a bar, which is read out as ``label``."""
    hue = round(_GREEN * share) if hue is None else hue
    return (
        f'<div class="dx-bar" role="img" aria-label="{escape(label)}">'
        f'<i style="width:{share:.1%};--h:{hue}"></i></div>'
    )


def ranked(name: str, marks: str, notes: Sequence[str], share: float) -> str:
    """Show one of a ranking: its name, marks of ours, notes, and the share it wins."""
    said = escape(" · ".join(notes))
    return (
        f'<div class="dx-row"><b>{escape(name)}</b>{marks}'
        f'<span class="dx-end">{percent(share)}</span></div>'
        f'<div class="dx-note">{said}</div>{bar(share, percent(share))}'
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 0) -> str:
    """Draw a table of cells that are markup already; the last ``numbers`` columns hold numbers."""
    first = len(heads) - numbers

    def line(cells: Sequence[str], kind: str) -> str:
        opened = [kind] * first + [f'{kind} class="dx-n"'] * numbers
        drawn = [f"<{start}>{cell}</{kind}>" for start, cell in zip(opened, cells, strict=True)]
        return f"<tr>{''.join(drawn)}</tr>"

    head = line([escape(name) for name in heads], "th")
    body = "".join(line(row, "td") for row in rows)
    return wide(f'<table class="dx-table"><thead>{head}</thead><tbody>{body}</tbody></table>')


def wide(content: str) -> str:
    """Let what may be wider than a phone be moved sideways, also by keys."""
    return f'<div class="dx-wide" tabindex="0">{content}</div>'


def heat(share: float, note: str) -> str:
    """Draw a cell of a grid: a share and what stands beneath it."""
    return (
        f'<td style="--h:{round(_GREEN * share)}" title="{escape(note)}">'
        f"<b>{percent(share)}</b><span>{escape(note)}</span></td>"
    )


def unknown(note: str) -> str:
    """Draw a cell of a grid of which nothing is known, and why."""
    return f'<td class="dx-unknown" title="{escape(note)}"><b>?</b><span>{escape(note)}</span></td>'


def grid(corner: str, heads: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Draw a grid of cells that are markup already."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(cells)}</tr>' for name, cells in rows
    )
    return wide(
        f'<table class="dx-table dx-grid"><thead><tr><th>{escape(corner)}</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )
