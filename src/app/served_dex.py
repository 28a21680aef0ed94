"""The dex as the service uses it: for features, for names, and as ready answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.catalogue.build import build_catalogue
from app.language import Language
from features.matchup_frames import MatchupFrames
from features.names import NameIndex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.catalogue.answers import Catalogue
    from features.dex import Dex


@dataclass(frozen=True, slots=True)
class Named:
    """What answers say of a form or a type."""

    name_en: str
    name_fr: str

    def name(self, language: Language) -> str:
        """Give the name in the language."""
        return self.name_fr if language is Language.FRENCH else self.name_en


@dataclass(frozen=True, slots=True)
class ServedMove(Named):
    """What answers say of a move."""

    move_id: int
    identifier: str
    type_id: int
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedDex:
    """Everything that is derived from one version of the dex; immutable."""

    version: str
    frames: MatchupFrames
    forms: Mapping[int, Named]
    moves: Mapping[int, ServedMove]
    types: Mapping[int, Named]
    learns: frozenset[tuple[int, int]]
    """Pairs of a form's id and the id of a move that it can legally know."""
    move_names: NameIndex
    catalogues: Mapping[Language, Catalogue]

    @classmethod
    def prepare(cls, dex: Dex) -> ServedDex:
        """Derive everything; takes a fraction of a second, so not on the event loop."""
        return cls(
            version=dex.version,
            frames=MatchupFrames.prepare(dex),
            forms={
                row["form_id"]: Named(row["name_en"], row["name_fr"])
                for row in dex.forms.iter_rows(named=True)
            },
            moves={
                row["move_id"]: ServedMove(
                    row["name_en"],
                    row["name_fr"],
                    row["move_id"],
                    row["identifier"],
                    row["type_id"],
                    row["priority"],
                )
                for row in dex.moves.iter_rows(named=True)
            },
            types={
                row["type_id"]: Named(row["name_en"], row["name_fr"])
                for row in dex.types.iter_rows(named=True)
            },
            learns=frozenset(dex.learnset.select("form_id", "move_id").iter_rows()),
            move_names=NameIndex.of(dex.moves, "move_id"),
            catalogues={language: build_catalogue(dex, language) for language in Language},
        )
