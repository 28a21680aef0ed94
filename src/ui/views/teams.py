"""Six against six: each of a team against each of another, in one call."""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING, Final

import streamlit as st

from ui.markup import grid, heat, percent, unknown
from ui.schema import BestMove, Question
from ui.trouble import plain, shown, warn_of_unknown
from ui.views import choose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.schema import Problem
    from ui.visit import Visit

_FIRST_A: Final = (3, 6, 9, 25, 65, 143)
_FIRST_B: Final = (94, 112, 130, 142, 149, 59)

Pair = tuple[int, int]


def show(visit: Visit) -> None:
    """Ask for both teams and the moves of ours, then show who beats whom."""
    st.title(visit.say("Six against six"))
    ours = choose.team(visit, "Your team", "team-a", _FIRST_A)
    theirs = choose.team(visit, "Their team", "team-b", _FIRST_B)
    with st.expander(visit.say("Moves of your team")):
        moves = {
            one: choose.moves(visit, visit.catalogue.pokemon_name(one), "team", one) for one in ours
        }
    asked = ({one: tuple(known) for one, known in moves.items()}, tuple(theirs))
    ready = bool(ours and theirs) and all(moves.values())
    pressed = st.button(
        visit.say("Play all duels"), type="primary", disabled=not ready, icon=":material/grid_on:"
    )
    if pressed:
        with shown(visit):
            duels = [(one, other) for one in ours for other in theirs]
            questions = [
                Question(one, other, choose.names(visit, moves[one])) for one, other in duels
            ]
            answers = visit.api.best_moves(questions, visit.language)
            st.session_state["duels"] = (
                (asked, visit.language),
                dict(zip(duels, answers, strict=True)),
            )
    last = st.session_state.get("duels")
    if last is not None and last[0] == (asked, visit.language):
        _show_duels(visit, ours, theirs, last[1])


def _show_duels(
    visit: Visit,
    ours: Sequence[int],
    theirs: Sequence[int],
    answers: dict[Pair, BestMove | Problem],
) -> None:
    name = visit.catalogue.pokemon_name
    warn_of_unknown(visit, [*answers.values()])
    st.caption(
        visit.say("How likely each of yours (rows) is to beat each of theirs, and with which move.")
    )
    rows = [(name(one), [_cell(answers[one, other]) for other in theirs]) for one in ours]
    st.html(grid("", [name(other) for other in theirs], rows))
    known = {pair: it for pair, it in answers.items() if isinstance(it, BestMove)}
    if not known:
        return
    st.subheader(visit.say("Whom to send"))
    st.markdown("\n".join(f"- {_whom_to_send(visit, ours, other, known)}" for other in theirs))
    everything = mean(answer.win_probability for answer in known.values())
    if len(known) == len(answers):
        st.metric(visit.say("Won of all duels"), percent(everything))
    else:
        st.metric(visit.say("Won of the duels that are known"), percent(everything))


def _whom_to_send(visit: Visit, ours: Sequence[int], foe: int, known: dict[Pair, BestMove]) -> str:
    """Name the best of ours against a foe, as far as is known."""
    name = visit.catalogue.pokemon_name
    against = {one: known[one, foe] for one in ours if (one, foe) in known}
    if not against:
        return visit.say("{theirs}: not known", theirs=plain(name(foe)))
    best = max(against, key=lambda one: against[one].win_probability)
    return visit.say(
        "{theirs}: **{ours}** with {move}, {share}",
        theirs=plain(name(foe)),
        ours=plain(name(best)),
        move=plain(against[best].recommended_move),
        share=percent(against[best].win_probability),
    )


def _cell(answer: BestMove | Problem) -> str:
    if isinstance(answer, BestMove):
        return heat(answer.win_probability, answer.recommended_move)
    return unknown(answer.title)
