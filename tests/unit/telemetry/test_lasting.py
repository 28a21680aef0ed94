"""Tasks that last: one that fails is told, and begun again."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from tests.waiting import until

from telemetry import lasting
from telemetry.lasting import call_off, keep_going

if TYPE_CHECKING:
    import pytest


class _Work:
    """Fails in the ways that it is given, and then goes on until cancelled."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures = list(failures)
        self.goes_on = False

    async def run(self) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.goes_on = True
        await asyncio.Event().wait()


def _told(caplog: pytest.LogCaptureFixture) -> list[BaseException | None]:
    return [
        record.exc_info[1]
        for record in caplog.records
        if record.levelno == logging.ERROR and record.exc_info
    ]


async def test_work_that_fails_is_told_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where something that it waited for was cancelled by others."""
    monkeypatch.setattr(lasting, "FIRST_PAUSE_SECONDS", 0.0)
    failures = [KeyError("unforeseen"), asyncio.CancelledError(), OSError(24, "no more files")]
    work = _Work(*failures)
    task = keep_going("watch", work.run)
    await until(lambda: work.goes_on)
    assert _told(caplog) == failures
    assert "watch failed and is begun again in 0.0 s" in caplog.text
    await call_off(task)
    assert task.cancelled()
    assert len(_told(caplog)) == len(failures)


async def test_work_that_returns_has_ended(caplog: pytest.LogCaptureFixture) -> None:
    """It knew that it was to end, so nobody is told."""
    begun = 0

    async def once() -> None:
        nonlocal begun
        begun += 1

    await keep_going("jobs", once)
    assert begun == 1
    assert not caplog.records


async def test_what_is_to_end_is_not_begun_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor is its pause waited for."""
    monkeypatch.setattr(lasting, "FIRST_PAUSE_SECONDS", 3600.0)
    ending = asyncio.Event()
    work = _Work(KeyError("unforeseen"))
    task = keep_going("jobs", work.run, ending)
    await until(lambda: _told(caplog))
    ending.set()
    await until(task.done)
    assert not work.goes_on


async def test_a_pause_can_be_called_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever stops does not wait for it."""
    monkeypatch.setattr(lasting, "FIRST_PAUSE_SECONDS", 3600.0)
    task = keep_going("watch", _Work(KeyError("unforeseen")).run)
    await until(lambda: _told(caplog))
    await call_off(task)
    assert task.cancelled()


async def test_what_fails_while_it_is_called_off_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And not begun again."""
    monkeypatch.setattr(lasting, "FIRST_PAUSE_SECONDS", 0.0)
    begun = asyncio.Event()
    failure = OSError(28, "no space")

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise failure

    task = keep_going("writer", work)
    await begun.wait()
    await call_off(task)
    assert task.done()
    assert _told(caplog) == [failure]
