"""Why each move is as good as the model says, in the service's own words."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import streamlit as st

from ui.trouble import plain

if TYPE_CHECKING:
    from ui.schema import Explanation, Reason

_LEAST_POINTS: Final = 0.5
"""That a reason adds; what adds less rounds to nothing."""


def show(explanation: Explanation) -> None:
    """Show the reasons of each move, the best one's at once."""
    for place, move in enumerate(explanation.moves):
        with st.expander(plain(move.move_name), expanded=place == 0):
            st.html(
                _list([reason for reason in move.reasons if abs(reason.points) >= _LEAST_POINTS])
            )


def _list(reasons: list[Reason]) -> str:
    items = "".join(
        f"<li>{escape(reason.text)}"
        f'<div class="dx-note">{escape(" · ".join(reason.details))}</div></li>'
        for reason in reasons
    )
    return f"<ul>{items}</ul>"
