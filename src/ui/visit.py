"""What every page is shown with: whom it asks, in which language, and where links lead."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import streamlit as st

from config.settings import read
from ui.catalogue import Catalogue, alphabetical, catalogue, pokemon_detail
from ui.client import Api
from ui.links import Grafana
from ui.schema import Language
from ui.words import say

if TYPE_CHECKING:
    from ui.schema import MoveItem, PokemonDetail


@dataclass(frozen=True, slots=True)
class Visit:
    """One run of a page."""

    api: Api
    grafana: Grafana
    language: Language

    @property
    def catalogue(self) -> Catalogue:
        """Forms, moves and types in the language of the visit."""
        return catalogue(self.api, self.language)

    def prepare(self) -> None:
        """Read the catalogue, before a frame is drawn that would stay empty without it."""
        for language in get_args(Language):
            catalogue(self.api, language)

    def say(self, text: str, /, **values: object) -> str:
        """Put a text of the pages into the language of the visit."""
        return say(text, self.language, **values)

    def detail(self, pokemon_id: int) -> PokemonDetail:
        """Give everything about a form."""
        return pokemon_detail(self.api, pokemon_id, self.language)

    @property
    def moves_by_name(self) -> list[MoveItem]:
        """Give all moves in the order of their names."""
        return sorted(self.catalogue.moves.values(), key=lambda move: alphabetical(move.name))

    @property
    def elsewhere(self) -> Catalogue:
        """The same with names in the other language, by which people look for them as well."""
        return catalogue(self.api, "en" if self.language == "fr" else "fr")

    def learnset(self, pokemon_id: int) -> list[MoveItem]:
        """Give what a form can learn, in the order of names."""
        learnable = {move.id for move in self.detail(pokemon_id).moves}
        return [move for move in self.moves_by_name if move.id in learnable]


@st.cache_resource(show_spinner=False, on_release=lambda made: made[0].close())
def entry() -> tuple[Api, Grafana]:
    """Read the settings, once for the process, and make what comes of them."""
    settings = read(os.environ)
    return Api(settings), Grafana(settings.ui.grafana_url)
