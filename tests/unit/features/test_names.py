"""Names in any spelling."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.names import MAX_LENGTH, NameIndex, normalise

if TYPE_CHECKING:
    from features.dex import Dex


@pytest.fixture(scope="module")
def moves(dex: Dex) -> NameIndex:
    """Give the names of the moves."""
    return NameIndex.of(dex.moves, "move_id")


@pytest.fixture(scope="module")
def forms(dex: Dex) -> NameIndex:
    """Give the names of the forms."""
    return NameIndex.of(dex.forms, "form_id")


@pytest.mark.parametrize(
    ("spelling", "move_id"),
    [
        ("Thunderbolt", 85),
        ("THUNDERBOLT", 85),
        ("thunder bolt", 85),
        ("tonnerre", 85),
        ("Self-Destruct", 120),
        ("self destruct", 120),
        ("selfdestruct", 120),
        ("U-turn", 369),
        ("uturn", 369),
        ("Demi-Tour", 369),
        ("Éclair", 84),
        ("eclair", 84),
        ("E\u0301CLAIR", 84),
        ("Bombe Œuf", 121),
        ("bombe oeuf", 121),
        ("Écras’Face", 1),  # noqa: RUF001  # French typography
        ("écras'face", 1),
        ("ecrasface", 1),
        ("vice-grip", 11),
        ("Vise Grip", 11),
        ("évo-thalasso", 733),
        ("EVO THALASSO", 733),
        (" pistolet a o ", 55),
    ],
)
def test_a_move_is_found_in_any_spelling(moves: NameIndex, spelling: str, move_id: int) -> None:
    """Case, accents, hyphens, spaces, apostrophes and ligatures do not matter."""
    assert moves.resolve(spelling) == move_id


@pytest.mark.parametrize(
    ("spelling", "form_id"),
    [
        ("Nidoran♀", 29),
        ("nidoran-f", 29),
        ("Nidoran M", 32),
        ("NIDORAN♂", 32),
        ("Farfetch'd", 83),
        ("farfetchd", 83),
        ("mr mime", 122),
        ("M. Mime", 122),
        ("Nœunœuf", 102),
        ("raichu alola", 10100),
        ("Raichu d’Alola", 10100),  # noqa: RUF001  # French typography
        ("raichu d'alola", 10100),
        ("mega dracaufeu x", 10034),
        ("Charizard-Mega-X", 10034),
    ],
)
def test_a_form_is_found_in_any_spelling(forms: NameIndex, spelling: str, form_id: int) -> None:
    """Signs, dots and ligatures do not matter either."""
    assert forms.resolve(spelling) == form_id


def test_every_name_resolves_to_its_own_row(dex: Dex) -> None:
    """All English and French names and identifiers of forms, moves and types are found."""
    for frame, key in ((dex.forms, "form_id"), (dex.moves, "move_id"), (dex.types, "type_id")):
        index = NameIndex.of(frame, key)
        for number, *names in frame.select(key, "name_en", "name_fr", "identifier").iter_rows():
            assert [index.resolve(name) for name in names] == [number] * 3


def test_english_wins_where_languages_clash() -> None:
    """A name that means one thing in English and another in French is the English one."""
    frame = pl.DataFrame(
        {
            "id": [1, 2],
            "name_en": ["Charge", "Tackle"],
            "identifier": ["charge", "tackle"],
            "name_fr": ["Chargeur", "Charge"],
        }
    )
    assert NameIndex.of(frame.reverse(), "id").resolve("charge") == 1


@pytest.mark.parametrize(
    ("misspelt", "expected"),
    [
        ("thunderbold", "Thunderbolt"),
        ("tonerre", "Tonnerre"),
        ("flametrower", "Flamethrower"),
        ("lance flame", "Lance-Flammes"),
        ("surff", "Surf"),
    ],
)
def test_the_nearest_name_comes_first(moves: NameIndex, misspelt: str, expected: str) -> None:
    """A misspelt name brings the meant one, in the language it was meant in."""
    assert moves.suggest(misspelt)[0] == expected


def test_suggestions_are_few_and_of_different_moves(moves: NameIndex) -> None:
    """No more names than asked for, no move twice."""
    suggested = moves.suggest("poing", limit=5)
    assert len(suggested) == 5
    assert len({moves.resolve(name) for name in suggested}) == 5
    assert len(moves.suggest("poing")) == 3


@pytest.mark.parametrize("text", ["", "   ", "-'’", "\u0301", "電気", "9" * 10_240, "\ud800"])  # noqa: RUF001  # odd on purpose
def test_what_is_no_name_means_nothing(moves: NameIndex, text: str) -> None:
    """Empty, long or odd text resolves to nothing and suggests nothing."""
    assert moves.resolve(text) is None
    assert moves.suggest(text) == []


@given(st.text(max_size=3 * MAX_LENGTH))
def test_any_text_is_safe(text: str) -> None:
    """Normalising gives letters and digits without case, and the same again when repeated."""
    once = normalise(text)
    assert all(character.isalnum() for character in once)
    assert once == "" or normalise(once[:MAX_LENGTH]) == once[:MAX_LENGTH]


def test_long_text_is_cheap(moves: NameIndex) -> None:
    """A text of 10 kB costs no more than a look-up, in bulk well under a millisecond each."""
    texts = ["ﷺ" * 10_240, "a" * 10_240, "a" * MAX_LENGTH]
    began = time.process_time()
    for _ in range(100):
        for text in texts:
            moves.resolve(text)
    assert (time.process_time() - began) / 300 < 0.001
