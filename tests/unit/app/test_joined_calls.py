"""One call for all who ask at the same time."""

from __future__ import annotations

import asyncio
import threading

import pytest

from app.joined_calls import JoinedCalls


class _Slow:
    """Gives which call it is, as soon as it is let."""

    def __init__(self) -> None:
        self.calls = 0
        self.at_once = 0
        self.began = threading.Event()
        self.may_end = threading.Event()

    def __call__(self) -> int:
        assert self.at_once == 0
        self.at_once, self.calls = 1, self.calls + 1
        number = self.calls
        self.began.set()
        self.may_end.wait(5)
        self.at_once = 0
        if number == 2:
            raise ArithmeticError
        return number


async def test_who_asks_meanwhile_shares_the_next_call() -> None:
    """However many ask, there is one call at a time, and none gets one that began before."""
    slow = _Slow()
    slow.may_end.set()
    joined = JoinedCalls(slow)
    assert await joined() == 1
    slow.may_end.clear()
    slow.began.clear()
    second = asyncio.create_task(joined())
    await asyncio.to_thread(slow.began.wait, 5)
    others = [asyncio.create_task(joined()) for _ in range(50)]
    await asyncio.sleep(0)
    others[0].cancel()
    slow.may_end.set()
    with pytest.raises(ArithmeticError):
        await second
    assert await asyncio.gather(*others[1:]) == [3] * 49
    assert await joined() == 4
    assert slow.calls == 4
