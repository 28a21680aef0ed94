"""Who won in the end? It is what the model is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from ui.errors import ApiError
from ui.trouble import words_for

if TYPE_CHECKING:
    from ui.schema import Winner
    from ui.visit import Visit

WINNERS: Final[dict[Winner, str]] = {"A": "A won", "draw": "Draw", "B": "B won"}


def show(visit: Visit, prediction_id: str) -> None:
    """Take the winner of the battle, if A has opened with the recommended move."""
    st.subheader(visit.say("Who won?"))
    st.caption(visit.say("Tell it when A has opened with the recommended move."))
    with st.container(horizontal=True):
        for winner, words in WINNERS.items():
            st.button(
                visit.say(words),
                key=f"won-{winner}",
                on_click=_tell,
                args=(visit, prediction_id, winner),
            )
    told, good = st.session_state.get(f"told-{prediction_id}", ("", True))
    if told:
        (st.success if good else st.error)(told)


def _tell(visit: Visit, prediction_id: str, winner: Winner) -> None:
    try:
        visit.api.tell(prediction_id, winner)
    except ApiError as error:
        said = words_for(visit, error), False
    else:
        said = (
            visit.say("Thank you, it is noted: {winner}.", winner=visit.say(WINNERS[winner])),
            True,
        )
    st.session_state[f"told-{prediction_id}"] = said
