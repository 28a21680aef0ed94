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
_STARTED: Final = "started"


def place_of_parent(settings: Settings) -> Shared | None:
    """Begin new ledgers, if several workers are to serve; the data folder must be ours alone."""
    if settings.server.workers == 1:
        return None
    from telemetry.meters import Shared

    folder = _folder(settings)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    started_at = time_ns()
    (folder / _STARTED).write_text(str(started_at), encoding="ascii")
    return Shared(folder, PARENT, started_at, exports=True)


def place_of_worker(settings: Settings, slot: int) -> Shared:
    """Find the place of one worker; the worker before it in this slot may have left numbers."""
    from telemetry.meters import Shared

    folder = _folder(settings)
    started_at = int((folder / _STARTED).read_text(encoding="ascii"))
    return Shared(folder, f"worker-{slot}", started_at, exports=False)


def _folder(settings: Settings) -> Path:
    return settings.data_dir / "run" / "metrics"
