"""What is measured of the services that are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
from benchmarks.service.bench import memory_of

from capture.counts import CountedEvents
from capture.file_writer import FileWriter

if TYPE_CHECKING:
    from pathlib import Path


def test_the_memory_of_a_service_has_that_of_its_writer_beside_it(tmp_path: Path) -> None:
    """It is paid for as well, so both are shown, and their sum is held to the target."""
    (alone,) = memory_of(psutil.Process())
    assert alone.writer == 0
    writer = FileWriter(tmp_path, None, CountedEvents())
    try:
        (beside,) = memory_of(psutil.Process())
    finally:
        writer.close()
    assert beside.writer > 1
    assert beside.together == beside.service + beside.writer
    assert str(beside) == f"{beside.service:.0f} + {beside.writer:.0f}"
