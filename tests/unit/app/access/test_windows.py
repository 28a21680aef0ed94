"""The sliding window."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.access import windows as module
from app.access.windows import EVERYBODY_ELSE, MOST_CALLERS, Windows

if TYPE_CHECKING:
    import pytest

START: Final = 1_800_000_000.0


@dataclass
class _Clock:
    now: float = START

    def __call__(self) -> float:
        return self.now


def test_so_many_and_no_more() -> None:
    """A caller has its limit, others have theirs, and what is refused is not counted."""
    windows = Windows(3, 60, _Clock())
    assert [windows.take("a") for _ in range(3)] == [0, 0, 0]
    assert [bool(windows.take("a")) for _ in range(5)] == [True] * 5
    assert windows.take("b") == 0
    assert windows.used == {"a": 3, "b": 1}


def test_the_end_of_a_window_gives_no_second_limit() -> None:
    """Just after it what was asked just before still counts, less and less."""
    clock = _Clock(START + 59)
    windows = Windows(10, 60, clock)
    assert not any(windows.take("a") for _ in range(10))
    clock.now = START + 60
    assert windows.take("a") > 0
    clock.now = START + 90
    assert [bool(windows.take("a")) for _ in range(6)] == [False] * 5 + [True]
    clock.now = START + 180
    assert not any(windows.take("a") for _ in range(10))


def test_a_clock_that_is_set_back_shuts_nobody_out() -> None:
    """What was counted in a time that is yet to come counts no more."""
    clock = _Clock(START + 3600)
    windows = Windows(10, 60, clock)
    assert not any(windows.take("a") for _ in range(10))
    clock.now = START + 3660
    windows.take("a")
    clock.now = START
    assert not any(windows.take("a") for _ in range(10))
    assert 0 < windows.take("a") <= 120


def test_who_comes_when_told_is_let_in() -> None:
    """The seconds that are named are enough, and a second less is not where it is more than one."""
    draw = random.Random(1)  # noqa: S311  # no secret
    clock = _Clock()
    windows = Windows(20, 60, clock)
    refused = 0
    for _ in range(3_000):
        clock.now += draw.expovariate(1.0)
        wait = windows.take("a")
        if wait:
            refused += 1
            clock.now += wait - min(wait / 2, 0.5)
            assert windows.take("a") > 0
            clock.now += min(wait / 2, 0.5) + 1e-6
            assert windows.take("a") == 0
    assert refused > 500


def test_never_much_more_than_the_limit_in_any_window() -> None:
    """In each span of a window's length an insisting caller gets its limit, and a tenth at most."""
    clock = _Clock()
    windows = Windows(100, 60, clock)
    let_in = []
    while clock.now < START + 600:
        clock.now += 0.1
        if not windows.take("a"):
            let_in.append(clock.now)
    for moment in let_in:
        assert sum(moment <= other < moment + 60 for other in let_in) <= 110
    assert len(let_in) >= 950


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond so many callers any others are counted together; the next window begins anew."""
    assert MOST_CALLERS >= 10_000
    monkeypatch.setattr(module, "MOST_CALLERS", 1000)
    clock = _Clock()
    windows = Windows(500, 60, clock)
    let_in = sum(not windows.take(str(number)) for number in range(10_000))
    assert let_in == 1_000 + 500
    assert len(windows.used) == 1_001
    assert windows.used[EVERYBODY_ELSE] == 500
    assert windows.take("0") == 0
    clock.now += 120
    assert windows.take("new") == 0
    assert windows.used == {"new": 1}
