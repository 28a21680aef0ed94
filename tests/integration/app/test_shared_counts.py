"""Counts of requests that processes share over a real Redis, which may freeze and go away."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.redis_server import RedisServer
from tests.waiting import ALLOWANCE_SECONDS, until

from app.access import shared_counts
from app.access.shared_counts import LEAST_SHARE, PREFIX, sharing
from app.access.windows import Windows
from config.settings import StreamSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.access.shared_counts import SharedCounts

LIMIT = 1_000
PATIENT_SECONDS = 30.0
"""Where Redis is always there: what was asked in vain is asked again, and counts twice."""
IMPATIENT_SECONDS = 1.0


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """Run a Redis that keeps nothing on the disk."""
    with RedisServer.running(tmp_path / "redis", ()) as server:
        yield server


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Share, and look for a Redis that is away, more often than a service does."""
    monkeypatch.setattr(shared_counts, "EVERY_SECONDS", 0.05)
    monkeypatch.setattr(shared_counts, "AWAY_SECONDS", 0.2)


async def _processes(
    stack: AsyncExitStack, redis: RedisServer, count: int, seconds: float
) -> list[tuple[Windows, SharedCounts]]:
    found = []
    now = time.time()
    settings = StreamSettings(url=redis.url, timeout_seconds=seconds)
    for _ in range(count):
        # In one window, also where a test is run around the end of an hour.
        windows = Windows(LIMIT, 3600, lambda: now)
        counts = await stack.enter_async_context(sharing(settings, {"address": windows}))
        assert counts is not None
        found.append((windows, counts))
    await until(lambda: all(counts.are_shared for _, counts in found))
    return found


def _all_know(processes: list[tuple[Windows, SharedCounts]], caller: str, asked: int) -> bool:
    return all(windows.used[caller] == asked for windows, _ in processes)


async def test_a_limit_is_one_for_all_processes(redis: RedisServer) -> None:
    """Four processes let in what one would, and a little; who asks little leaves Redis alone."""
    much, little, at_once = "203.0.113.7", "198.51.100.1", 20
    async with AsyncExitStack() as stack:
        processes = await _processes(stack, redis, 4, PATIENT_SECONDS)
        let_in = 0
        for _ in range(2 * LIMIT // (4 * at_once)):
            for windows, _ in processes:
                let_in += sum(not windows.take(much) for _ in range(at_once))
                if windows.used.get(little, 0) < LIMIT * LEAST_SHARE / 2:
                    windows.take(little)
            # Until each has learnt what the others have counted, however long that takes.
            await until(partial(_all_know, processes, much, let_in))
        # Who is at its limit was known to be only once all had asked.
        assert LIMIT <= let_in <= LIMIT + 4 * at_once
        with redis.client() as client:
            keys = [key.decode() for key in client.scan_iter()]
            assert all(key.startswith(PREFIX) for key in keys)
            assert [key for key in keys if much in key]
            assert not [key for key in keys if little in key]
            assert all(0 < client.ttl(key) <= 7200 for key in keys)


async def test_without_redis_each_counts_for_itself(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """No request waits for a Redis that is frozen or away; that and its return are told once."""
    caplog.set_level(logging.INFO, shared_counts.__name__)
    async with AsyncExitStack() as stack:
        processes = await _processes(stack, redis, 2, IMPATIENT_SECONDS)
        (first, _), (second, _) = processes
        redis.send(signal.SIGSTOP)
        took = 0.0
        for _ in range(100):
            began = time.monotonic()
            assert not first.take("a")
            took += time.monotonic() - began
            await asyncio.sleep(0.01)
        assert took < ALLOWANCE_SECONDS
        await until(lambda: not any(counts.are_shared for _, counts in processes))
        redis.send(signal.SIGCONT)
        await until(lambda: all(counts.are_shared for _, counts in processes))
        redis.kill()
        await until(lambda: not any(counts.are_shared for _, counts in processes))
        assert not any(first.take("a") for _ in range(500))
        assert second.used.get("a", 0) <= 100
        redis.start()
        await until(lambda: all(counts.are_shared for _, counts in processes))
        assert not any(second.take("a") for _ in range(50))
        # What was counted meanwhile is told, and nothing of it twice; what Redis held is gone.
        await until(lambda: second.used["a"] >= 550)
        assert second.used["a"] <= 700
    said = [record.message for record in caplog.records if "of requests" in record.message]
    said += [record.message for record in caplog.records if "Redis is away" in record.message]
    assert sum("shared over Redis" in line for line in said) == 2 * 3
    assert sum("Redis is away" in line for line in said) == 2 * 2


async def test_without_a_url_nothing_is_shared() -> None:
    """One machine needs no Redis."""
    async with sharing(StreamSettings(), {"address": Windows(1, 60)}) as counts:
        assert counts is None


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/2", "rediss://u:p@localhost", "unix:///no"])
async def test_every_url_of_the_settings_is_understood(url: str) -> None:
    """What the stream takes is taken here too; nobody listens there, and nothing fails."""
    settings = StreamSettings(url=url, timeout_seconds=0.2)
    async with sharing(settings, {"address": Windows(1, 60)}) as counts:
        assert counts is not None
        await counts.share()
        assert not counts.are_shared
