"""Forms, moves and types, asked for once and kept for a while: they hardly ever change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from unicodedata import combining, normalize

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ui.client import Api
    from ui.schema import (
        Language,
        MoveDetail,
        MoveItem,
        PokemonDetail,
        PokemonItem,
        TypeItem,
        Weaknesses,
    )

KEPT_SECONDS: Final = 600
_MOST_KEPT: Final = 500
_PLAIN: Final = str.maketrans({"Œ": "Oe", "œ": "oe", "\N{RIGHT SINGLE QUOTATION MARK}": "'"})


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What there is, with names in one language."""

    pokemon: Mapping[int, PokemonItem]
    moves: Mapping[int, MoveItem]
    types: Sequence[TypeItem]
    multiplier: Mapping[tuple[int, int], float]
    """By the ids of the attacking and of the defending type."""
    move_id: Mapping[str, int]
    """By name."""

    def pokemon_name(self, pokemon_id: int) -> str:
        """Name a form."""
        return self.pokemon[pokemon_id].name

    def move_name(self, move_id: int) -> str:
        """Name a move."""
        return self.moves[move_id].name


def without_accents(name: str) -> str:
    """Write a name as it is typed on a keyboard that has nothing but plain letters."""
    signs = normalize("NFKD", name.translate(_PLAIN))
    return "".join(sign for sign in signs if not combining(sign))


def alphabetical(name: str) -> str:
    """Give what names are sorted by: accents and capitals make no difference."""
    return without_accents(name).casefold()


# What is kept is never changed, so that sessions may share it without a copy: resources, not data.
@st.cache_resource(ttl=KEPT_SECONDS, show_spinner=False)
def catalogue(_api: Api, language: Language) -> Catalogue:
    """Give the whole catalogue."""
    moves = {item.id: item for item in _api.moves(language)}
    return Catalogue(
        pokemon={item.id: item for item in _api.pokemon(language)},
        moves=moves,
        types=_api.types(language),
        multiplier={
            (entry.attacking.id, entry.defending.id): entry.multiplier
            for entry in _api.type_chart(language)
        },
        move_id={item.name: item.id for item in moves.values()},
    )


@st.cache_resource(ttl=KEPT_SECONDS, max_entries=_MOST_KEPT, show_spinner=False)
def pokemon_detail(_api: Api, pokemon_id: int, language: Language) -> PokemonDetail:
    """Give everything about a form."""
    return _api.pokemon_detail(pokemon_id, language)


@st.cache_resource(ttl=KEPT_SECONDS, max_entries=_MOST_KEPT, show_spinner=False)
def weaknesses(_api: Api, pokemon_id: int, language: Language) -> Weaknesses:
    """Give what hits a form hard."""
    return _api.weaknesses(pokemon_id, language)


@st.cache_resource(ttl=KEPT_SECONDS, max_entries=_MOST_KEPT, show_spinner=False)
def move_detail(_api: Api, move_id: int, language: Language) -> MoveDetail:
    """Give everything about a move."""
    return _api.move_detail(move_id, language)
