"""Refusals give way to answers."""

from __future__ import annotations

import asyncio
from typing import Any

from app.http.refusals import A_TURN, Refusals


async def test_of_many_refusals_some_are_written_in_each_turn() -> None:
    """They come in their order, all of them, and an answer of six turns waits for five parts."""
    refusals, written = Refusals(), list[int]()
    for number in range(20 * A_TURN):
        refusals.add(lambda number=number: written.append(number))
    assert not written
    for _ in range(6):
        await asyncio.sleep(0)
    assert written == list(range(5 * A_TURN))
    for _ in range(15):
        await asyncio.sleep(0)
    assert written == list(range(20 * A_TURN))


async def test_a_refusal_by_itself_is_written_at_once() -> None:
    """It leaves in the next turn but one of the loop, after any number before it."""
    refusals, written = Refusals(), list[str]()
    for name in ("first", "second"):
        refusals.add(lambda name=name: written.append(name))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert written == ["first", "second"]


async def test_one_that_cannot_be_written_takes_no_other_with_it() -> None:
    """Those behind it in its turn, and those of later ones, are written."""
    refusals, written, failed = Refusals(), list[int](), list[dict[str, Any]]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context))
    refusals.add(lambda: written.append(1 // 0))
    for number in range(2 * A_TURN):
        refusals.add(lambda number=number: written.append(number))
    for _ in range(5):
        await asyncio.sleep(0)
    assert written == list(range(2 * A_TURN))
    assert [type(context["exception"]) for context in failed] == [ZeroDivisionError]
