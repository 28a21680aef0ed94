"""The documented examples of the catalogue against the dex as released."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from app import catalogue_examples as examples
from app.catalogue_build import build_catalogue
from app.language import Language

if TYPE_CHECKING:
    from app.catalogue import Catalogue
    from features.dex import Dex

PIKACHU, SURF = 25, 57


@pytest.fixture(scope="module")
def catalogue(dex: Dex) -> Catalogue:
    """Give the catalogue in English."""
    return build_catalogue(dex, Language.ENGLISH)


def test_examples_in_lists_are_true(catalogue: Catalogue) -> None:
    """The items of the example pages are those of the dex, at the place where they stand."""
    assert examples.POKEMON_PAGE.items == catalogue.pokemon_search.find("pikachu")[:1]
    assert examples.MOVE_PAGE.items == catalogue.moves_search.find("surf")
    for page, whole in (
        (examples.TYPE_PAGE, catalogue.types),
        (examples.AFFINITY_PAGE, catalogue.affinities),
    ):
        assert page.total == len(whole)
        assert page.items == whole[page.offset : page.offset + page.limit]
    assert catalogue.affinity[11, 10] == examples.AFFINITY


def test_examples_in_full_are_true(catalogue: Catalogue) -> None:
    """The detailed examples say what the dex says; of their long lists they show a part."""
    pikachu = catalogue.pokemon_detail(PIKACHU)
    shown = examples.POKEMON_DETAIL
    assert msgspec.structs.replace(pikachu, moves=shown.moves) == shown
    assert all(move in pikachu.moves for move in shown.moves)

    weak = catalogue.weaknesses(PIKACHU)
    shown_weak = examples.POKEMON_WEAKNESSES
    assert msgspec.structs.replace(weak, weaknesses=shown_weak.weaknesses) == shown_weak
    assert all(hit in weak.weaknesses for hit in shown_weak.weaknesses)

    surf = catalogue.move_detail(SURF)
    shown_surf = examples.MOVE_DETAIL
    assert msgspec.structs.replace(surf, learned_by=shown_surf.learned_by) == shown_surf
    assert all(form in surf.learned_by for form in shown_surf.learned_by)


def test_the_catalogue_is_whole(catalogue: Catalogue) -> None:
    """All forms, moves and types are there, and each form has all that is asked of it."""
    assert (len(catalogue.pokemon), len(catalogue.moves), len(catalogue.types)) == (188, 223, 18)
    for item in catalogue.pokemon:
        assert catalogue.pokemon_detail(item.id).moves
        assert len(catalogue.weaknesses(item.id).weaknesses) == 18
    for kind in catalogue.types:
        assert catalogue.pokemon_of_type[kind.id]
        assert catalogue.type_id(kind.name) == kind.id


@pytest.mark.parametrize("language", Language)
def test_every_answer_keeps_to_its_schema(dex: Dex, language: Language) -> None:
    """Each answer, encoded and decoded again under its constraints, is the same."""
    catalogue = build_catalogue(dex, language)
    for answer in (
        *catalogue.pokemon,
        *catalogue.moves,
        *catalogue.affinities,
        *catalogue.pokemon_details.values(),
        *catalogue.pokemon_weaknesses.values(),
        *catalogue.move_details.values(),
    ):
        assert msgspec.json.decode(msgspec.json.encode(answer), type=type(answer)) == answer
