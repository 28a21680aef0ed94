"""The question of the project: which move should A use against B."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from ui.errors import ApiError
from ui.schema import Question
from ui.trouble import plain, shown, words_for
from ui.views import choose, feedback, why
from ui.views.choose import Offer
from ui.views.ranking import show_ranking

if TYPE_CHECKING:
    from ui.client import Predicted
    from ui.schema import Explanation, Language
    from ui.visit import Visit

_FIRST_A: Final = 134
_FIRST_B: Final = 94
_EXPLAINED: Final = "explained"
"""Where a session keeps the last question and its reasons, or why there are none."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question by ids, so that it is the same in both languages."""

    a: int
    b: int
    moves: tuple[int, ...]
    moves_b: tuple[int, ...] | None
    """None where B may have any."""

    def put(self, visit: Visit) -> Question:
        return Question(
            self.a,
            self.b,
            choose.names(visit, self.moves),
            None if self.moves_b is None else choose.names(visit, self.moves_b),
        )


@dataclass(frozen=True, slots=True)
class _Shown:
    """The last answer of a session, in the language it was given in."""

    asked: _Asked
    predicted: Predicted
    language: Language


def show(visit: Visit) -> None:
    """Ask for both sides, then show the answer, take who won, and say why it is so."""
    st.title(visit.say("Which move should A use against B?"))
    visit.prepare()
    asked = _ask(visit)
    pressed = st.button(
        visit.say("Predict"),
        type="primary",
        disabled=not asked.moves or asked.moves_b == (),
        icon=":material/swords:",
    )
    if pressed:
        _forget_reasons()
        with shown(visit):
            predicted = visit.api.best_move(asked.put(visit), visit.language)
            st.session_state["shown"] = _Shown(asked, predicted, visit.language)
    last: _Shown | None = st.session_state.get("shown")
    # What stands there answers what is asked, or nothing does.
    if last is not None and last.asked == asked:
        _answer(visit, last)


def _ask(visit: Visit) -> _Asked:
    left, right = st.columns(2)
    with left, st.container(border=True):
        a = choose.pokemon(visit, "A, who attacks", "a", _FIRST_A)
        anything = st.toggle(
            visit.say("Also moves that A cannot learn"), key="anything", persist_state="session"
        )
        moves = choose.moves(visit, "A's moves", "moves-a", a, Offer(anything=anything))
    with right, st.container(border=True):
        b = choose.pokemon(visit, "B, the foe", "b", _FIRST_B)
        known = st.toggle(visit.say("I know B's moves"), key="known", persist_state="session")
        moves_b = tuple(choose.moves(visit, "B's moves", "moves-b", b)) if known else None
    return _Asked(a, b, tuple(moves), moves_b)


def _answer(visit: Visit, last: _Shown) -> None:
    predicted = last.predicted
    st.divider()
    show_ranking(visit, predicted.answer, last.language)
    if predicted.trace_id is not None:
        st.link_button(
            visit.say("The trace of this prediction"),
            visit.grafana.trace(predicted.trace_id),
            icon=":material/timeline:",
        )
    # First what needs nothing more of the service: reasons may take a while.
    feedback.show(visit, predicted.answer.prediction_id)
    st.subheader(visit.say("Why"))
    explained = _explained(visit, last.asked.put(visit))
    if isinstance(explained, ApiError):
        # The answer stands without its reasons.
        st.warning(words_for(visit, explained))
        st.button(visit.say("Try again"), icon=":material/refresh:", on_click=_forget_reasons)
    else:
        if explained.model_version != predicted.answer.model_version:
            st.info(
                visit.say(
                    "By now model {version} answers: these are its reasons.",
                    version=plain(explained.model_version),
                )
            )
        why.show(explained)


def _explained(visit: Visit, question: Question) -> Explanation | ApiError:
    """Ask why, once for each question and language of a session, also if it is refused."""
    kept = st.session_state.get(_EXPLAINED)
    if kept is not None and kept[0] == (question, visit.language):
        known: Explanation | ApiError = kept[1]
        return known
    answer: Explanation | ApiError
    try:
        answer = visit.api.explain(question, visit.language)
    except ApiError as error:
        answer = error
    st.session_state[_EXPLAINED] = ((question, visit.language), answer)
    return answer


def _forget_reasons() -> None:
    st.session_state.pop(_EXPLAINED, None)
