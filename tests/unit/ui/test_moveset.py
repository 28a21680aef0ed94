"""The moves that stand there before somebody has chosen."""

from __future__ import annotations

from ui.moveset import suggest
from ui.schema import MoveItem, PokemonDetail, Stats, TypeItem

WATER, NORMAL, ICE, FLYING = (
    TypeItem(11, "water", "Water"),
    TypeItem(1, "normal", "Normal"),
    TypeItem(15, "ice", "Ice"),
    TypeItem(3, "flying", "Flying"),
)
STATS = Stats(1, 1, 1, 1, 1, 1)
SURFER = PokemonDetail(9, "Blastoise", [WATER], 85.5, STATS, STATS, [])


def _move(number: int, kind: TypeItem, power: int, accuracy: int | None = 100) -> MoveItem:
    return MoveItem(number, f"move {number}", kind, "special", power, accuracy, 10, 0)


def test_the_strongest_of_each_type_are_suggested() -> None:
    """Accuracy and the same-type bonus count, and one of a type is enough."""
    learnset = [
        _move(1, WATER, 110, 80),  # 132 with the bonus
        _move(2, WATER, 90),  # 135
        _move(3, ICE, 110, 70),
        _move(4, NORMAL, 250),  # takes the user's last HP
        _move(5, NORMAL, 85),
        _move(6, NORMAL, 0),
        _move(19, FLYING, 90),  # in the second turn
        _move(17, FLYING, 60),
        _move(138, TypeItem(14, "psychic", "Psychic"), 100),  # for sleepers
    ]
    assert suggest(SURFER, learnset) == [2, 5, 3, 17]
    assert suggest(SURFER, learnset[::-1]) == [2, 5, 3, 17]


def test_equals_are_the_same_in_every_language() -> None:
    """Their names, by which a learnset is sorted, say nothing of which is suggested."""
    learnset = [_move(number, TypeItem(number, "x", "X"), 80) for number in range(2, 8)]
    assert suggest(SURFER, learnset) == suggest(SURFER, learnset[::-1]) == [2, 3, 4, 5]


def test_one_that_does_no_damage_has_moves_too() -> None:
    """Where nothing has power the first four stand there."""
    learnset = [_move(number, NORMAL, 0) for number in range(6)]
    assert suggest(SURFER, learnset) == [0, 1, 2, 3]
