"""Refusals give way to answers."""

from __future__ import annotations

import asyncio

from app.http.refusals import A_TURN, Refusals


async def test_of_many_refusals_some_are_written_in_each_turn() -> None:
    """They come in their order, all of them, and an answer of six turns waits for six parts."""
    refusals, written = Refusals(), list[int]()
    for number in range(20 * A_TURN):
        refusals.add(lambda number=number: written.append(number))
    assert not written
    for _ in range(6):
        await asyncio.sleep(0)
    assert written == list(range(6 * A_TURN))
    for _ in range(14):
        await asyncio.sleep(0)
    assert written == list(range(20 * A_TURN))


async def test_a_refusal_by_itself_is_written_at_once() -> None:
    """It leaves in the next turn of the loop, after any number before it."""
    refusals, written = Refusals(), list[str]()
    for name in ("first", "second"):
        refusals.add(lambda name=name: written.append(name))
        await asyncio.sleep(0)
    assert written == ["first", "second"]
