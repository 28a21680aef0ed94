"""What is seen live of models, on its way to the database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from tests.waiting import LONGEST_SECONDS

from app.status import live as live_module
from app.status.live import Live, LiveTally, ShadowRecorder
from inference.scoring import Scores, Timing
from inference.shadow import Comparison
from storage.errors import DatabaseUnavailableError
from storage.live_store import LiveSums, LiveWindow
from telemetry.in_memory import InMemoryTelemetry
from telemetry.instruments import ShadowInstruments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.shadow import Shadow
    from storage.live_store import LiveStore


class _Store:
    """A database that is away until told otherwise."""

    def __init__(self) -> None:
        self.away = True
        self.windows: list[LiveWindow] = []

    async def add(self, windows: Sequence[LiveWindow]) -> None:
        if self.away:
            raise DatabaseUnavailableError("it is away")
        self.windows += windows


class _Hanging:
    """A database that never answers."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def add(self, windows: Sequence[LiveWindow]) -> None:
        del windows
        self.asked.set()
        await asyncio.Event().wait()


class _Offered:
    """Takes what is offered to the shadow."""

    def __init__(self) -> None:
        self.waiting: list[int] = []

    def offer(self, scores: Sequence[Scores], *, waiting: int) -> None:
        del scores
        self.waiting.append(waiting)


def _scores(*best: float, seconds: float) -> list[Scores]:
    timing = Timing(0, 0, int(seconds * 1e9), len(best), len(best))
    return [
        Scores(np.zeros((2, 133), np.float32), [0.1, chance], [0.0, 0.0], [1, 0], "v1", timing)
        for chance in best
    ]


async def test_what_was_seen_waits_for_a_database_that_is_away() -> None:
    """Nothing of it is lost, and it arrives once."""
    tally, store = LiveTally(), _Store()
    offered = _Offered()
    live = Live(tally, cast("Shadow", offered))
    live.scored(_scores(0.9, 0.2, seconds=0.2), waiting=3)
    await tally.put(cast("LiveStore", store))
    live.scored(_scores(0.5, seconds=0.01), waiting=0)
    live.failed("v1", 2)
    store.away = False
    await asyncio.gather(*(tally.put(cast("LiveStore", store)) for _ in range(2)))
    (window,) = store.windows
    assert (window.model_version, window.role) == ("v1", "serving")
    assert (window.predictions, window.slow, window.failures) == (3, 2, 2)
    assert window.confidence == 0.9 + 0.8 + 0.5
    assert offered.waiting == [3, 0]


async def test_a_stop_puts_what_came_since_the_last_time() -> None:
    """What was seen in the last seconds is no less than what was seen before."""
    tally, store = LiveTally(), _Store()
    store.away = False
    async with tally.kept_in(cast("LiveStore", store)):
        tally.add("v1", "serving", LiveSums(predictions=3))
    (window,) = store.windows
    assert window.predictions == 3


async def test_a_stop_does_not_wait_long_for_a_database(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What it does not take is lost, and that is told."""
    monkeypatch.setattr(live_module, "LAST_SECONDS", 0.05)
    tally, store = LiveTally(), _Hanging()
    async with asyncio.timeout(LONGEST_SECONDS), tally.kept_in(cast("LiveStore", store)):
        tally.add("v1", "serving", LiveSums(predictions=3))
    assert store.asked.is_set()
    assert "what was seen live of models in the last seconds is lost" in caplog.text


async def test_nothing_is_forgotten_by_a_put_that_is_broken_off() -> None:
    """Cancelled, or failed in a way that nobody had foreseen, it leaves what is to be put."""
    tally, hanging, store = LiveTally(), _Hanging(), _Store()
    tally.add("v1", "serving", LiveSums(predictions=3))
    putting = asyncio.create_task(tally.put(cast("LiveStore", hanging)))
    await hanging.asked.wait()
    tally.add("v1", "serving", LiveSums(predictions=2))
    putting.cancel()
    await asyncio.gather(putting, return_exceptions=True)
    with pytest.raises(AttributeError):
        await tally.put(cast("LiveStore", object()))
    store.away = False
    await tally.put(cast("LiveStore", store))
    (window,) = store.windows
    assert window.predictions == 5


async def test_the_shadow_is_counted_in_metrics_and_for_the_gate() -> None:
    """What was compared, passed over and failed stands in both."""
    memory = InMemoryTelemetry.create()
    tally, store = LiveTally(), _Store()
    recorder = ShadowRecorder(tally, ShadowInstruments.create(memory.telemetry.signals))
    recorder.compared(Comparison("v2", 0.002, [0.0, 0.1], 1))
    recorder.skipped("v2", "load", 4)
    recorder.failed("v2", 1)
    store.away = False
    await tally.put(cast("LiveStore", store))
    sums = LiveSums(
        predictions=2, failures=1, seconds=0.002, disagreements=1, difference=0.1, skipped=4
    )
    (window,) = store.windows
    assert all(getattr(window, name) == getattr(sums, name) for name in sums.__struct_fields__)
    said = memory.telemetry.render_metrics()[0].decode()
    assert 'shadow_predictions_total{model_version="v2"} 2.0' in said
    assert 'shadow_skips_total{reason="load"} 4.0' in said
    assert 'shadow_failures_total{model_version="v2"} 1.0' in said
