"""Pictures for the report: SVG whose colours follow the page, light or dark."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 360
HEIGHT: Final = 190
_LEFT: Final = 40
_BOTTOM: Final = 52
_TOP: Final = 10
_MOST_LABELS: Final = 12
"""More would cover each other."""


def columns(
    labels: Sequence[str], series: Sequence[tuple[str, Sequence[float]]], *, shares: bool = True
) -> str:
    """Draw columns beside each other: ``series`` of a class of the style sheet and its values."""
    highest = max((value for _, values in series for value in values), default=0) or 1
    step = (WIDTH - _LEFT) / max(len(labels), 1)
    bar = step * 0.8 / len(series)
    parts = [_grid(highest, shares=shares)]
    every = -(-len(labels) // _MOST_LABELS)
    for place, label in enumerate(labels):
        left = _LEFT + place * step + 0.1 * step
        for number, (style, values) in enumerate(series):
            size = values[place] / highest * (HEIGHT - _BOTTOM - _TOP)
            parts.append(
                f'<rect class="{style}" x="{left + number * bar:.1f}" '
                f'y="{HEIGHT - _BOTTOM - size:.1f}" width="{bar:.1f}" height="{size:.1f}">'
                f"<title>{escape(label)}: {_told(values[place], shares=shares)}</title></rect>"
            )
        if place % every == 0:
            x, y = left + 0.4 * step, HEIGHT - _BOTTOM + 10
            parts.append(
                f'<text class="end" x="{x:.1f}" y="{y}" transform="rotate(-40 {x:.1f} {y})">'
                f"{escape(label)}</text>"
            )
    return _svg(parts)


def against(points: Sequence[tuple[float, float, float]]) -> str:
    """Draw shares against shares, equal where they meet the diagonal: x, y, and 0 to 1 for size."""
    size = HEIGHT - _BOTTOM - _TOP
    across = WIDTH - _LEFT

    def place(x: float, y: float) -> tuple[float, float]:
        return _LEFT + x * across, HEIGHT - _BOTTOM - y * size

    (x1, y1), (x2, y2) = place(0, 0), place(1, 1)
    parts = [_grid(1, shares=True), f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>']
    for x, y, weight in points:
        left, top = place(x, y)
        parts.append(
            f'<circle class="window" cx="{left:.1f}" cy="{top:.1f}" r="{3 + 6 * weight:.1f}">'
            f"<title>predicted {x:.0%}, won {y:.0%}</title></circle>"
        )
    for share in (0, 0.5, 1):
        left, bottom = place(share, 0)
        parts.append(f'<text class="end" x="{left:.1f}" y="{bottom + 16}">{share:.0%}</text>')
    return _svg(parts)


def _grid(highest: float, *, shares: bool) -> str:
    lines = []
    for part in (0, 0.5, 1):
        y = HEIGHT - _BOTTOM - part * (HEIGHT - _BOTTOM - _TOP)
        told = _told(part * highest, shares=shares)
        lines.append(
            f'<line x1="{_LEFT}" y1="{y}" x2="{WIDTH}" y2="{y}"/>'
            f'<text class="end" x="{_LEFT - 4}" y="{y + 4}">{told}</text>'
        )
    return "".join(lines)


def _told(value: float, *, shares: bool) -> str:
    return f"{value:.0%}" if shares else f"{value:,.0f}"


def _svg(parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(parts)}</svg>'
