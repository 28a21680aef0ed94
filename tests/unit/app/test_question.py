"""What is said of names that no move has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.predictions.question import MOST_SUGGESTED, QuestionReader
from app.predictions.schema import BestMoveRequest
from app.problems.exceptions import UnknownMoveError
from telemetry.sampling import PerSecond

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from app.served_dex import ServedDex

PIKACHU, SQUIRTLE = 25, 7


def _suggested(reader: QuestionReader, name: str) -> Sequence[str]:
    with pytest.raises(UnknownMoveError) as caught:
        reader.read(
            BestMoveRequest(
                pokemon_a_id=PIKACHU, pokemon_b_id=SQUIRTLE, available_moves=["Surf", name]
            )
        )
    assert caught.value.name == name
    assert caught.value.pointer == "/available_moves/1"
    return caught.value.suggestions


def test_a_few_unknown_names_of_a_batch_are_compared_with_all(served: ServedDex) -> None:
    """The first of them, and those again for nothing; the others are refused all the same."""
    reader = QuestionReader(served, PerSecond(1000))
    names = [f"Surf{number}" for number in range(MOST_SUGGESTED + 5)]
    found = [_suggested(reader, name) for name in names]
    assert found == [["Surf"]] * MOST_SUGGESTED + [()] * 5
    assert _suggested(reader, names[0]) == ["Surf"]


def test_a_few_unknown_names_of_a_second_are_compared_with_all(served: ServedDex) -> None:
    """Whatever request they come with, so that nobody keeps the event loop busy with them."""
    now = 10.0
    second = PerSecond(2, lambda: now)
    found = [_suggested(QuestionReader(served, second), "Surg") for _ in range(3)]
    assert found == [["Surf"], ["Surf"], ()]
    now = 11.0
    assert _suggested(QuestionReader(served, second), "Surg") == ["Surf"]


@pytest.mark.parametrize("path", ["/predict/best-move", "/predict/explain"])
async def test_a_name_beyond_them_is_refused_without_others(
    client: httpx.AsyncClient, path: str
) -> None:
    """Requests share what a second has: of hundreds, some are told no names, and how to search."""
    body = {"pokemon_a_id": PIKACHU, "pokemon_b_id": SQUIRTLE, "available_moves": ["Surg"]}
    answers = [await client.post(path, json=body) for _ in range(300)]
    assert {answer.status_code for answer in answers} == {422}
    problems = [answer.json() for answer in answers]
    bare = [problem for problem in problems if "suggestions" not in problem]
    assert len(bare) < len(problems)
    assert bare[0]["detail"] == (
        "There is no move called 'Surg'. GET /moves/search?q= finds moves by a part of their name."
    )
