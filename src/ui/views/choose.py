"""Widgets with which forms and moves are chosen, the same on every page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from ui.moveset import MOST_MOVES, suggest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.visit import Visit


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
    return st.selectbox(
        visit.say(label),
        options,
        index=options.index(first),
        format_func=visit.catalogue.pokemon_name,
        key=key,
        persist_state="session",
    )


def moves(
    visit: Visit,
    label: str,
    key: str,
    pokemon_id: int,
    offer: Offer = LEARNSET,
) -> list[int]:
    """Let moves for a form be chosen; a suggestion stands there."""
    learnset = visit.learnset(pokemon_id)
    catalogue = visit.catalogue
    by_name = sorted(catalogue.moves, key=catalogue.move_name)
    return st.multiselect(
        visit.say(label),
        by_name if offer.anything else [move.id for move in learnset],
        default=suggest(visit.detail(pokemon_id), learnset)[: offer.first],
        format_func=catalogue.move_name,
        max_selections=offer.most,
        # Each form has moves of its own.
        key=f"{key}-{pokemon_id}",
        persist_state="session",
        placeholder=visit.say("Choose moves"),
    )


def names(visit: Visit, moves: Sequence[int]) -> tuple[str, ...]:
    """Name moves as a question does."""
    return tuple(visit.catalogue.move_name(move) for move in moves)
