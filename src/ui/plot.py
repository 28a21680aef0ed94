"""A reliability diagram as an SVG, drawn in the colours of the page.

Streamlit's own charts would load pandas into the process and Vega into the browser for this one.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from ui.markup import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.recorded import Bucket

_SIDE: Final = 300
_LEFT: Final = 46
_BELOW: Final = 40
_RADII: Final = (3.0, 12.0)
"""Of a point with hardly any battles, and of one with all of them."""


def reliability(buckets: Sequence[Bucket], predicted: str, won: str) -> str:
    """Draw what was won over what was predicted; ``predicted`` and ``won`` name the axes."""
    judged = sum(bucket.judged for bucket in buckets)
    points = "".join(_point(bucket, judged) for bucket in buckets)
    return (
        f'<svg class="dx-plot" viewBox="0 0 {_LEFT + _SIDE + 20} {_SIDE + _BELOW + 12}" role="img"'
        f' aria-label="{escape(won)} / {escape(predicted)}"><g transform="translate({_LEFT} 12)">'
        f'{_grid()}<line class="dx-right" x1="0" y1="{_SIDE}" x2="{_SIDE}" y2="0"/>{points}'
        f'<text x="{_SIDE / 2}" y="{_SIDE + 36}" text-anchor="middle">{escape(predicted)}</text>'
        f'<text transform="translate(-36 {_SIDE / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(won)}</text></g></svg>"
    )


def _grid() -> str:
    lines = []
    for step in range(6):
        share = step / 5
        place = share * _SIDE
        lines.append(
            f'<line x1="{place}" y1="0" x2="{place}" y2="{_SIDE}"/>'
            f'<line x1="0" y1="{place}" x2="{_SIDE}" y2="{place}"/>'
            f'<text x="{place}" y="{_SIDE + 17}" text-anchor="middle">{percent(share)}</text>'
            f'<text x="-6" y="{_SIDE - place + 4}" text-anchor="end">{percent(share)}</text>'
        )
    return "".join(lines)


def _point(bucket: Bucket, judged: int) -> str:
    least, most = _RADII
    # The area tells how many there are.
    radius = least + (most - least) * (bucket.judged / judged) ** 0.5
    said = f"{bucket.judged}: {percent(bucket.predicted)} → {percent(bucket.won)}"
    return (
        f'<circle cx="{bucket.predicted * _SIDE:.1f}" cy="{(1 - bucket.won) * _SIDE:.1f}"'
        f' r="{radius:.1f}"><title>{said}</title></circle>'
    )
