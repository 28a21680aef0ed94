"""What if A had another move as well? Its whole learnset, tried in one call."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

import streamlit as st

from ui.markup import bar, percent, table, tag
from ui.moveset import SLOTS
from ui.schema import BestMove, Question
from ui.trouble import shown, warn_of_unknown
from ui.views import choose
from ui.views.choose import Offer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.schema import Problem
    from ui.visit import Visit

_FIRST_A: Final = 121
_FIRST_B: Final = 9


@dataclass(frozen=True, slots=True)
class _Tried:
    """What A reaches with one more move."""

    move: int
    wins: float | None
    """None where the service had no answer."""
    opens: bool
    """Whether it is the move to open with."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of the last question."""

    answers: list[BestMove | Problem]
    before: BestMove | Problem | None
    """A as it is, if it keeps a move."""
    tried: list[_Tried]
    """The best first, what is not known last."""


def show(visit: Visit) -> None:
    """Ask for both sides and the moves that A keeps, then rank all that could be added."""
    st.title(visit.say("What if A knew another move?"))
    left, right = st.columns(2)
    with left:
        a = choose.pokemon(visit, "A, who attacks", "what-if-a", _FIRST_A)
    with right:
        b = choose.pokemon(visit, "B, the foe", "what-if-b", _FIRST_B)
    kept = choose.moves(
        visit, "Moves that A keeps", "kept", a, Offer(most=SLOTS - 1, first=SLOTS - 1)
    )
    asked = (a, b, tuple(kept))
    if st.button(visit.say("Try every other move"), type="primary", icon=":material/experiment:"):
        with shown(visit):
            st.session_state["tried"] = (asked, _try_all(visit, a, b, kept))
    last = st.session_state.get("tried")
    if last is not None and last[0] == asked:
        _show_outcome(visit, last[1])


def _try_all(visit: Visit, a: int, b: int, kept: Sequence[int]) -> _Outcome:
    """Ask for A as it is and with each other move of its learnset, all in one call."""
    added = [move.id for move in visit.learnset(a) if move.id not in kept]
    sets = [[*kept, move] for move in added] + ([list(kept)] if kept else [])
    questions = [Question(a, b, choose.names(visit, moves)) for moves in sets]
    answers = visit.api.best_moves(questions, visit.language)
    tried = [
        _Tried(
            move,
            _wins(answer),
            isinstance(answer, BestMove)
            and answer.recommended_move == visit.catalogue.move_name(move),
        )
        for move, answer in zip(added, answers[: len(added)], strict=True)
    ]
    tried.sort(key=lambda one: (-1 if one.wins is None else one.wins, one.opens), reverse=True)
    return _Outcome(answers, answers[-1] if kept else None, tried)


def _wins(answer: BestMove | Problem | None) -> float | None:
    return answer.win_probability if isinstance(answer, BestMove) else None


def _show_outcome(visit: Visit, outcome: _Outcome) -> None:
    warn_of_unknown(visit, outcome.answers)
    before = _wins(outcome.before)
    if outcome.before is not None:
        st.metric(visit.say("A wins with what it has"), "?" if before is None else percent(before))
    heads = [visit.say(head) for head in ("Move", "Type", "A wins", "Gain")]
    st.html(table(heads, [_row(visit, before, one) for one in outcome.tried], numbers=1))


def _row(visit: Visit, before: float | None, one: _Tried) -> tuple[str, ...]:
    move = visit.catalogue.moves[one.move]
    if one.wins is None:
        return escape(move.name), tag(move.type), "?", ""
    opens = f'<div class="dx-note">{escape(visit.say("opens with it"))}</div>' if one.opens else ""
    # In whole points, as the service gives them.
    gain = "" if before is None else f"{round(100 * (one.wins - before)):+d}".replace("+0", "0")
    wins = percent(one.wins)
    return escape(move.name) + opens, tag(move.type), wins + bar(one.wins, wins), gain
