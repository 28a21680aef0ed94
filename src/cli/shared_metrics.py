"""Where the processes of a service with several workers keep their numbers."""

from __future__ import annotations

import shutil
from time import time_ns
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from config.settings import Settings
    from telemetry.meters import Shared

PARENT: Final = "parent"


def place_of_parent(settings: Settings) -> Shared | None:
    """Begin new ledgers, if several workers are to serve; the data folder must be ours alone.

    In a folder of their own: a worker whose parent was killed may be starting or stopping still.
    """
    if settings.server.workers == 1:
        return None
    from telemetry.meters import Shared

    started_at = time_ns()
    folder = _folder(settings, started_at)
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.mkdir(parents=True)
    return Shared(folder, PARENT, started_at, exports=True)


def place_of_worker(settings: Settings, slot: int, started_at: int) -> Shared:
    """Find the place of one worker of the service that began at that time.

    The worker before it in this slot may have left numbers.
    """
    from telemetry.meters import Shared

    folder = _folder(settings, started_at)
    return Shared(folder, f"worker-{slot}", started_at, exports=False)


def _folder(settings: Settings, started_at: int) -> Path:
    return settings.data_dir / "run" / "metrics" / str(started_at)
