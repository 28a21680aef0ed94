"""The moves of an answer, best first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui.catalogue import catalogue
from ui.markup import percent, ranked, tag, times

if TYPE_CHECKING:
    from ui.schema import BestMove, Language, MoveItem, MoveScore
    from ui.visit import Visit


def show_ranking(visit: Visit, answer: BestMove, language: Language) -> None:
    """Show the best move, then all of them. ``language`` is that of the answer."""
    # Names are those of the language at the time; ids are of all times.
    move_id = catalogue(visit.api, language).move_id
    best = visit.catalogue.move_name(move_id[answer.recommended_move])
    left, right = st.columns(2)
    left.metric(visit.say("Open with"), best)
    right.metric(visit.say("A wins"), percent(answer.win_probability))
    with st.container(border=True):
        for score in answer.all_moves:
            move = visit.catalogue.moves[move_id[score.move_name]]
            st.html(
                ranked(move.name, tag(move.type), _notes(visit, score, move), score.win_probability)
            )
    st.caption(visit.say("Answered by model {version}.", version=answer.model_version))


def _notes(visit: Visit, score: MoveScore, move: MoveItem) -> list[str]:
    notes = [_effectiveness(visit, score, move)]
    if score.move_power:
        said = visit.say("power {power}", power=score.move_power)
        if score.effective_power != score.move_power:
            said += f" → {score.effective_power:g}"
        notes.append(said)
    if score.stab > 1 and score.effective_power:
        notes.append(visit.say("same-type bonus"))
    if score.priority:
        notes.append(visit.say("priority {priority}", priority=f"{score.priority:+d}"))
    if not score.learnable:
        notes.append(visit.say("A cannot learn it"))
    return [note for note in notes if note]


def _effectiveness(visit: Visit, score: MoveScore, move: MoveItem) -> str:
    if score.type_multiplier == 0 and move.category != "status":
        return visit.say("no effect")
    # What has no power heeds nothing of its type but that.
    if score.type_multiplier == 1 or not score.effective_power:
        return ""
    if score.type_multiplier > 1:
        return visit.say("super effective {times}", times=times(score.type_multiplier))
    return visit.say("not very effective {times}", times=times(score.type_multiplier))
