"""What attacks of one type do to another."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import streamlit as st

from ui.markup import table, tag, times, wide
from ui.views import choose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.schema import TypeItem
    from ui.visit import Visit

_CLASSES: Final = {2.0: "dx-x2", 0.5: "dx-xh", 0.0: "dx-x0"}


def show(visit: Visit) -> None:
    """Show one type's strengths and weaknesses, or the whole chart."""
    st.title(visit.say("Types"))
    chosen = choose.kind(visit, "type")
    if chosen is None:
        _chart(visit)
        return
    left, right = st.columns(2)
    types = [kind.id for kind in visit.catalogue.types]
    multiplier = visit.catalogue.multiplier
    with left:
        st.subheader(visit.say("It attacks"))
        st.html(_groups(visit, {other: multiplier[chosen, other] for other in types}))
    with right:
        st.subheader(visit.say("It is attacked by"))
        st.html(_groups(visit, {other: multiplier[other, chosen] for other in types}))


def _groups(visit: Visit, multipliers: dict[int, float]) -> str:
    names = {kind.id: tag(kind) for kind in visit.catalogue.types}
    rows = []
    for multiplier in sorted(set(multipliers.values()) - {1.0}, reverse=True):
        kinds = [names[other] for other, value in multipliers.items() if value == multiplier]
        rows.append((times(multiplier), " ".join(kinds)))
    return table([visit.say("Damage"), visit.say("Type")], rows)


def _chart(visit: Visit) -> None:
    st.caption(visit.say("Rows attack, columns defend; what is left empty is ×1."))
    types = visit.catalogue.types
    heads = "".join(f'<th scope="col">{escape(kind.name)}</th>' for kind in types)
    body = "".join(
        f'<tr><th scope="row">{tag(kind)}</th>{_cells(visit, kind, types)}</tr>' for kind in types
    )
    st.html(
        wide(
            f'<table class="dx-table dx-chart"><thead><tr><th></th>{heads}</tr></thead>'
            f"<tbody>{body}</tbody></table>"
        )
    )


def _cells(visit: Visit, attacking: TypeItem, types: Sequence[TypeItem]) -> str:
    cells = []
    for defending in types:
        multiplier = visit.catalogue.multiplier[attacking.id, defending.id]
        drawn = "" if multiplier == 1 else times(multiplier).removeprefix("×")
        title = f"{attacking.name} → {defending.name}: {times(multiplier)}"
        cells.append(
            f'<td class="{_CLASSES.get(multiplier, "")}" title="{escape(title)}">{drawn}</td>'
        )
    return "".join(cells)
