"""The memory of the processes of a service, while something else happens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psutil
from tests.background import Background
from tests.load.slope import slope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.load.slope import Slope


class MemoryWatch(Background):
    """Samples, in a thread, the memory of each process that stands in no file."""

    def __init__(self, pid: int, every_seconds: float) -> None:
        """Take the process whose children are watched too, and how often."""
        super().__init__()
        self._process = psutil.Process(pid)
        self._every_seconds = every_seconds
        self._began = time.monotonic()
        self._names: dict[int, str] = {}
        self._samples: dict[int, list[tuple[float, float]]] = {}

    def slopes(self, warm_seconds: float) -> Iterator[tuple[str, float, Slope]]:
        """Give name, last megabytes and slope of each process that was there throughout."""
        last = max((samples[-1][0] for samples in self._samples.values()), default=0.0)
        for pid, samples in self._samples.items():
            warm = [(when, size) for when, size in samples if when >= warm_seconds]
            throughout = warm and samples[0][0] <= warm_seconds and samples[-1][0] == last
            if throughout:
                times, sizes = zip(*warm, strict=True)
                yield self._names[pid], sizes[-1], slope(times, sizes)

    def _run(self) -> None:
        while not self._stopping.wait(self._every_seconds):
            now = time.monotonic() - self._began
            try:
                processes = (self._process, *self._process.children(recursive=True))
            except psutil.NoSuchProcess:
                return  # The service has ended; what remains of the run says why.
            for process in processes:
                try:
                    memory = process.memory_info()
                    # Without the pages of files: whether others map them too is none of its doing.
                    size = (memory.rss - memory.shared) / 1e6
                    words = " ".join((process.name(), *process.cmdline()[1:]))[:48]
                except psutil.NoSuchProcess:
                    continue  # One that came and went.
                self._names[process.pid] = f"{process.pid} {words.strip()}"
                self._samples.setdefault(process.pid, []).append((now, size))
