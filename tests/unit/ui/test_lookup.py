"""What a box finds."""

from __future__ import annotations

from ui.lookup import Lookup

MOVES = Lookup.of(
    {89: "Séisme", 121: "Bombe Œuf", 29: "Coup d\N{RIGHT SINGLE QUOTATION MARK}Boule", 57: "Surf"},
    {89: "Earthquake", 121: "Egg Bomb", 29: "Headbutt", 57: "Surf"},
)


def test_a_thing_is_found_by_every_word_for_it() -> None:
    """The other language's name, and names as a plain keyboard writes them, lead to it."""
    assert MOVES.also == {
        "Seisme": 89,
        "Earthquake": 89,
        "Bombe Oeuf": 121,
        "Egg Bomb": 121,
        "Coup d'Boule": 29,
        "Headbutt": 29,
    }
    assert [MOVES.meant(option) for option in ("Seisme", "Earthquake", 89)] == [89, 89, 89]


def test_names_stand_first() -> None:
    """Other words come after all names; both are written as they are."""
    assert MOVES.options[:5] == [89, 121, 29, 57, "Seisme"]
    assert [MOVES.write(option) for option in (89, "Seisme")] == ["Séisme", "Seisme"]


def test_a_name_is_never_another_word_for_something_else() -> None:
    """What is shown means what it says, whatever the other language calls by it."""
    lookup = Lookup.of({1: "Éclair", 2: "Pound"}, {1: "Pound", 2: "Eclair"})
    assert lookup.also == {"Eclair": 1}
    assert Lookup.of({1: "Surf"}, {}).also == {}
