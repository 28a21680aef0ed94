"""Metrics of the process and of the interpreter, by the semantic conventions."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import psutil
from opentelemetry.metrics import Observation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from telemetry.signals import SignalMeter


def observe_process(signals: SignalMeter) -> None:
    """Create the instruments; each reader's look costs some tenths of a millisecond."""
    process = psutil.Process()

    def cpu_time() -> Iterator[Observation]:
        times = process.cpu_times()
        yield Observation(times.user, {"cpu.mode": "user"})
        yield Observation(times.system, {"cpu.mode": "system"})

    def one(read: Callable[[], int]) -> Callable[[], Iterator[Observation]]:
        return lambda: iter((Observation(read()),))

    def by_generation(field: str) -> Callable[[], Iterator[Observation]]:
        return lambda: (
            Observation(stats[field], {"cpython.gc.generation": generation})
            for generation, stats in enumerate(gc.get_stats())
        )

    signals.observed_counter("process.cpu.time", cpu_time)
    signals.updown("process.memory.usage", one(lambda: process.memory_info().rss))
    signals.updown("process.memory.virtual", one(lambda: process.memory_info().vms))
    signals.updown("process.open_file_descriptor.count", one(process.num_fds))
    signals.updown("process.thread.count", one(process.num_threads))
    signals.observed_counter("cpython.gc.collections", by_generation("collections"))
    signals.observed_counter("cpython.gc.collected_objects", by_generation("collected"))
    signals.observed_counter("cpython.gc.uncollectable_objects", by_generation("uncollectable"))
