"""English and French names, PokeAPI ids and identifiers of forms, moves and types.

English names and most ids are the simulator's, French names oakdex-pokedex's. The overlay
states what those lack or have wrong: ids and names of Alolan, Mega and partner forms, an
identifier, and the French names of some moves and types.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from etl.errors import SnapshotError
from features.names import normalise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from etl.source import Move, Names, Species

OVERLAY: Final = Path(__file__).with_name("overlay") / "names.csv"


@dataclass(frozen=True, slots=True)
class Naming:
    """How something is called."""

    pokeapi_id: int
    identifier: str
    name_en: str
    name_fr: str


@dataclass(frozen=True, slots=True)
class _Entry:
    pokeapi_id: int | None
    identifier: str | None
    name_fr: str | None


_NOTHING: Final = _Entry(None, None, None)


@dataclass(frozen=True, slots=True)
class Namer:
    """Gives names, the overlay's where it has one."""

    _species: Mapping[int | None, str | None]
    _moves: Mapping[str, str | None]
    _types: Mapping[str, str | None]
    _overlay: Mapping[tuple[str, str], _Entry]

    @classmethod
    def of(cls, names: Names, overlay: Path = OVERLAY) -> Self:
        """Join oakdex's names with the overlay."""
        with overlay.open(encoding="utf-8", newline="") as lines:
            entries = {
                (line["kind"], line["showdown"]): _Entry(
                    int(line["pokeapi_id"]) if line["pokeapi_id"] else None,
                    line["identifier"] or None,
                    line["name_fr"] or None,
                )
                for line in csv.DictReader(lines)
            }
        return cls(
            _species={name.num: name.fr for name in names.species},
            _moves={normalise(name.en): name.fr for name in names.moves},
            _types={normalise(name.en): name.fr for name in names.types},
            _overlay=entries,
        )

    def form(self, one: Species) -> Naming:
        """Name a form; only a base form has oakdex's name and the national number as its id."""
        entry = self._overlay.get(("form", one.id), _NOTHING)
        if one.forme and entry.pokeapi_id is None:
            raise SnapshotError(f"the overlay has no id for the form {one.id}")
        derived = None if one.forme else self._species.get(one.num)
        return _named(one.num, one.name, derived, entry)

    def move(self, one: Move) -> Naming:
        """Name a move."""
        entry = self._overlay.get(("move", one.id), _NOTHING)
        return _named(one.num, one.name, self._moves.get(normalise(one.name)), entry)

    def type(self, type_id: int, name: str) -> Naming:
        """Name a type by its English name."""
        entry = self._overlay.get(("type", normalise(name)), _NOTHING)
        return _named(type_id, name, self._types.get(normalise(name)), entry)


def _named(number: int, name: str, french: str | None, entry: _Entry) -> Naming:
    french = entry.name_fr or french
    if not french:
        raise SnapshotError(f"neither oakdex-pokedex nor the overlay has a French name for {name}")
    return Naming(
        pokeapi_id=number if entry.pokeapi_id is None else entry.pokeapi_id,
        identifier=entry.identifier or _slug(name),
        name_en=name,
        name_fr=french.strip().replace("'", "’"),  # noqa: RUF001  # French typography
    )


def _slug(name: str) -> str:
    """Spell a name as PokeAPI does: lower case, words joined by hyphens, no other marks."""
    return re.sub(r"[^a-z0-9-]", "", re.sub(r"\s+", "-", name.lower()))
