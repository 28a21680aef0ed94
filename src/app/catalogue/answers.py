"""The catalogue in one language: every answer about forms, moves and types, made beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from app.problems.exceptions import UnknownMoveIdError, UnknownPokemonError, UnknownTypeError
from features.names import normalise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.catalogue.schema import (
        Affinity,
        MoveDetail,
        MoveItem,
        PokemonDetail,
        PokemonItem,
        PokemonWeaknesses,
        TypeItem,
    )
    from app.language import Language
    from features.names import NameIndex

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Searchable(Generic[Item]):
    """Items that are found by a part of any of their names, in either language."""

    entries: Sequence[tuple[Sequence[str], Item]]
    """Each item with its names, normalised."""

    def find(self, text: str) -> list[Item]:
        """Find the items with a name that holds the text, those that begin with it first."""
        part = normalise(text)
        if not part:
            return []
        beginning = []
        holding = []
        for names, item in self.entries:
            if any(name.startswith(part) for name in names):
                beginning.append(item)
            elif any(part in name for name in names):
                holding.append(item)
        return beginning + holding


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All answers in one language; nothing is computed when they are asked for."""

    language: Language
    version: str
    types: Sequence[TypeItem]
    type_names: NameIndex
    affinities: Sequence[Affinity]
    affinity: Mapping[tuple[int, int], Affinity]
    """By the ids of the attacking and the defending type."""
    pokemon: Sequence[PokemonItem]
    pokemon_search: Searchable[PokemonItem]
    pokemon_of_type: Mapping[int, Sequence[PokemonItem]]
    pokemon_details: Mapping[int, PokemonDetail]
    pokemon_weaknesses: Mapping[int, PokemonWeaknesses]
    moves: Sequence[MoveItem]
    moves_search: Searchable[MoveItem]
    moves_of_type: Mapping[int, Sequence[MoveItem]]
    move_details: Mapping[int, MoveDetail]

    def type_id(self, name_or_id: str) -> int:
        """Resolve a type by its name in either language, or by its id.

        Raises:
            UnknownTypeError: there is no such type.

        """
        if name_or_id.isascii() and name_or_id.isdigit():
            resolved = int(name_or_id) if len(name_or_id) <= len("18") else None
        else:
            resolved = self.type_names.resolve(name_or_id)
        if resolved is None or resolved not in self.pokemon_of_type:
            raise UnknownTypeError(name_or_id, self.type_names.suggest(name_or_id))
        return resolved

    def pokemon_detail(self, pokemon_id: int) -> PokemonDetail:
        """Give everything about a form.

        Raises:
            UnknownPokemonError: no form has the id.

        """
        try:
            return self.pokemon_details[pokemon_id]
        except KeyError:
            raise UnknownPokemonError(pokemon_id) from None

    def weaknesses(self, pokemon_id: int) -> PokemonWeaknesses:
        """Give what each type does to a form.

        Raises:
            UnknownPokemonError: no form has the id.

        """
        try:
            return self.pokemon_weaknesses[pokemon_id]
        except KeyError:
            raise UnknownPokemonError(pokemon_id) from None

    def move_detail(self, move_id: int) -> MoveDetail:
        """Give everything about a move.

        Raises:
            UnknownMoveIdError: no move has the id.

        """
        try:
            return self.move_details[move_id]
        except KeyError:
            raise UnknownMoveIdError(move_id) from None
