"""Widgets with which forms, moves and types are chosen, the same on every page.

A widget knows its options by their names, so each language has a widget of its own. What was chosen
is kept by id, and stands there again in the other language and when one comes back to the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from ui.moveset import MOST_MOVES, suggest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.visit import Visit

_TEAM: Final = 6


@dataclass(frozen=True, slots=True)
class Offer:
    """Which moves may be chosen."""

    anything: bool = False
    """Those that the form cannot learn, too."""
    most: int = MOST_MOVES
    first: int | None = None
    """How many of the suggested ones stand there at first; without it all."""


LEARNSET: Final = Offer()


def pokemon(visit: Visit, label: str, key: str, first: int) -> int:
    """Let a form be chosen; what is typed looks for it."""
    options = list(visit.catalogue.pokemon)
    chosen = st.selectbox(
        visit.say(label),
        options,
        index=options.index(st.session_state.get(_kept(key), first)),
        format_func=visit.catalogue.pokemon_name,
        key=_key(visit, key),
    )
    st.session_state[_kept(key)] = chosen
    return chosen


def team(visit: Visit, label: str, key: str, first: Sequence[int]) -> list[int]:
    """Let up to six forms be chosen."""
    chosen = st.multiselect(
        visit.say(label),
        list(visit.catalogue.pokemon),
        default=st.session_state.get(_kept(key), first),
        format_func=visit.catalogue.pokemon_name,
        max_selections=_TEAM,
        key=_key(visit, key),
        placeholder=visit.say("Choose up to six"),
    )
    st.session_state[_kept(key)] = chosen
    return chosen


def moves(
    visit: Visit, label: str, key: str, pokemon_id: int, offer: Offer = LEARNSET
) -> list[int]:
    """Let moves for a form be chosen; a suggestion stands there."""
    learnset = visit.learnset(pokemon_id)
    options = visit.moves_by_name if offer.anything else learnset
    # Each form has moves of its own, and those that it cannot learn a widget of their own.
    key = f"{key}-{pokemon_id}"
    suggested = suggest(visit.detail(pokemon_id), learnset)[: offer.first]
    offered = {move.id for move in options}
    chosen = st.multiselect(
        visit.say(label),
        [move.id for move in options],
        default=[move for move in st.session_state.get(_kept(key), suggested) if move in offered],
        format_func=visit.catalogue.move_name,
        max_selections=offer.most,
        key=_key(visit, f"{key}-any" if offer.anything else key),
        placeholder=visit.say("Choose moves"),
    )
    st.session_state[_kept(key)] = chosen
    return chosen


def move(visit: Visit, label: str, key: str) -> int | None:
    """Let a move be chosen, or none."""
    options = [move.id for move in visit.moves_by_name]
    kept = st.session_state.get(_kept(key))
    chosen = st.selectbox(
        visit.say(label),
        options,
        index=None if kept is None else options.index(kept),
        format_func=visit.catalogue.move_name,
        key=_key(visit, key),
        placeholder=visit.say("All of them"),
    )
    st.session_state[_kept(key)] = chosen
    return chosen


def kind(visit: Visit, key: str) -> int | None:
    """Let a type be chosen, or none."""
    names = {kind.id: kind.name for kind in visit.catalogue.types}
    chosen = st.pills(
        visit.say("Type"),
        list(names),
        default=st.session_state.get(_kept(key)),
        format_func=names.__getitem__,
        key=_key(visit, key),
    )
    st.session_state[_kept(key)] = chosen
    return chosen


def names(visit: Visit, moves: Sequence[int]) -> tuple[str, ...]:
    """Name moves as a question does."""
    return tuple(visit.catalogue.move_name(move) for move in moves)


def _key(visit: Visit, key: str) -> str:
    return f"{key}-{visit.language}"


def _kept(key: str) -> str:
    return f"kept-{key}"
