"""What is seen live of models, on its way to the database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import numpy as np

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
