"""What is kept of the catalogue."""

from __future__ import annotations

from ui.catalogue import alphabetical


def test_names_are_sorted_as_people_do() -> None:
    """An accent or a capital moves no name away from its letter."""
    names = ["Vague Psy", "Écume", "eclair", "Téléport", "Tonnerre", "Éclat Magique"]
    assert sorted(names, key=alphabetical) == [
        "eclair",
        "Éclat Magique",
        "Écume",
        "Téléport",
        "Tonnerre",
        "Vague Psy",
    ]
