"""How many processes may play at once: as many as there are cores, and as find memory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

PROCESS_BYTES: Final = 320 * 2**20
"""What a Node process comes to hold; ``VmHWM`` was 316 MB after 20,000 games."""
OURSELVES_BYTES: Final = 2**30
"""For this process, and for the worker that has started it."""
_LIMITS: Final = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Where a container reads how much memory it may take; outside of one neither says anything."""


def processes() -> int:
    """Give how many processes may play, one at least."""
    return fitting(_cores(), memory_bytes())


def fitting(cores: int, memory: int) -> int:
    """Give how many of one process a core find room in so much memory, one at least."""
    return max(1, min(cores, (memory - OURSELVES_BYTES) // PROCESS_BYTES))


def memory_bytes(limits: Iterable[Path] = _LIMITS) -> int:
    """Give what the machine has, or the container may take of it."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    told = (path.read_text(encoding="ascii").strip() for path in limits if path.is_file())
    return min([machine, *(int(text) for text in told if text != "max")])


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # a container may have fewer than the machine
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
