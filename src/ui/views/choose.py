"""Widgets with which forms, moves and types are chosen, the same on every page.

A widget knows its options by their names, so each language has a widget of its own. What was chosen
is kept by id, and stands there again in the other language and when one comes back to the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from ui.lookup import Lookup
from ui.moveset import MOST_MOVES, suggest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.schema import MoveItem
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
    forms = _forms(visit)
    box = _begun(visit, key, st.session_state.get(_kept(key), first))
    chosen = forms.meant(
        st.selectbox(
            visit.say(label),
            forms.options,
            format_func=forms.write,
            key=box,
            on_change=_settle,
            args=(box, forms),
        )
    )
    st.session_state[_kept(key)] = chosen
    return chosen


def team(visit: Visit, label: str, key: str, first: Sequence[int]) -> list[int]:
    """Let up to six forms be chosen."""
    forms = _forms(visit)
    box = _begun(visit, key, list(st.session_state.get(_kept(key), first)))
    options = st.multiselect(
        visit.say(label),
        forms.options,
        format_func=forms.write,
        max_selections=_TEAM,
        key=box,
        on_change=_settle,
        args=(box, forms),
        placeholder=visit.say("Choose up to six"),
        select_all=False,
    )
    chosen = [forms.meant(option) for option in options]
    st.session_state[_kept(key)] = chosen
    return chosen


def moves(
    visit: Visit, label: str, key: str, pokemon_id: int, offer: Offer = LEARNSET
) -> list[int]:
    """Let moves for a form be chosen; a suggestion stands there."""
    learnset = visit.learnset(pokemon_id)
    offered = _moves(visit, visit.moves_by_name if offer.anything else learnset)
    # Each form has moves of its own, and those that it cannot learn a widget of their own.
    key = f"{key}-{pokemon_id}"
    suggested = suggest(visit.detail(pokemon_id), learnset)[: offer.first]
    kept = [move for move in st.session_state.get(_kept(key), suggested) if move in offered.shown]
    box = _begun(visit, f"{key}-any" if offer.anything else key, kept)
    options = st.multiselect(
        visit.say(label),
        offered.options,
        format_func=offered.write,
        max_selections=offer.most,
        key=box,
        on_change=_settle,
        args=(box, offered),
        placeholder=visit.say("Choose moves"),
        # It would stand first, and Enter would take all that have anything of what is typed.
        select_all=False,
    )
    chosen = [offered.meant(option) for option in options]
    st.session_state[_kept(key)] = chosen
    return chosen


def move(visit: Visit, label: str, key: str) -> int | None:
    """Let a move be chosen, or none."""
    offered = _moves(visit, visit.moves_by_name)
    box = _begun(visit, key, st.session_state.get(_kept(key)))
    option = st.selectbox(
        visit.say(label),
        offered.options,
        index=None,
        format_func=offered.write,
        key=box,
        on_change=_settle,
        args=(box, offered),
        placeholder=visit.say("All of them"),
    )
    chosen = None if option is None else offered.meant(option)
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


def _forms(visit: Visit) -> Lookup:
    return Lookup.of(
        {one.id: one.name for one in visit.catalogue.pokemon.values()},
        {one.id: one.name for one in visit.elsewhere.pokemon.values()},
    )


def _moves(visit: Visit, offered: Sequence[MoveItem]) -> Lookup:
    return Lookup.of(
        {move.id: move.name for move in offered},
        {move.id: move.name for move in visit.elsewhere.moves.values()},
    )


def _begun(visit: Visit, key: str, first: object) -> str:
    """Have a box begin with what was kept, and give its key."""
    box = _key(visit, key)
    if box not in st.session_state:
        st.session_state[box] = first
    return box


def _settle(box: str, offered: Lookup) -> None:
    """Put in the place of another word what it stands for, once.

    A box that is written to forgets what is being typed into it, so one that stands for itself is
    left alone.
    """
    before = st.session_state[box]
    match before:
        case None:
            return
        case list(options):
            after: object = list(dict.fromkeys(map(offered.meant, options)))
        case option:
            after = offered.meant(option)
    if after != before:
        st.session_state[box] = after


def _key(visit: Visit, key: str) -> str:
    return f"{key}-{visit.language}"


def _kept(key: str) -> str:
    return f"kept-{key}"
