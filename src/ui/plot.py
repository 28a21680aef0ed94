"""A reliability diagram of plain boxes, in the colours of the page.

Streamlit's own charts would load pandas into the process and Vega into the browser for this one,
and it lets no SVG through.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from ui.markup import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.recorded import Bucket

_STEPS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
_WIDTHS: Final = (0.4, 1.6)
"""In rem, of a point with hardly any battles and of one with all of them."""


def reliability(buckets: Sequence[Bucket], predicted: str, won: str) -> str:
    """Draw what was won over what was predicted; ``predicted`` and ``won`` name the axes."""
    judged = sum(bucket.judged for bucket in buckets)
    points = "".join(_point(bucket, judged) for bucket in buckets)
    marks = "".join(f"<span>{percent(step)}</span>" for step in _STEPS)
    return (
        f'<div class="dx-plot"><b>{escape(won)}</b><div class="dx-up">{marks}</div>'
        f'<div class="dx-field">{points}</div>'
        f'<div class="dx-across">{marks}<b>{escape(predicted)}</b></div></div>'
    )


def _point(bucket: Bucket, judged: int) -> str:
    least, most = _WIDTHS
    # The area tells how many there are.
    width = least + (most - least) * (bucket.judged / judged) ** 0.5
    said = f"{bucket.judged}: {percent(bucket.predicted)} → {percent(bucket.won)}"
    return (
        f'<i role="img" aria-label="{said}" title="{said}" style="left:{bucket.predicted:.1%};'
        f'bottom:{bucket.won:.1%};width:{width:.2f}rem"></i>'
    )
