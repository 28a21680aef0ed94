"""Keeps what a journal held beside sound rows, for someone to look at."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from capture.interface import CaptureEvents
    from capture.journal.framing import Damage

logger = logging.getLogger(__name__)


class SetAside:
    """A folder of damaged and foreign records, each in a file of its own, all counted."""

    def __init__(self, folder: Path, events: CaptureEvents) -> None:
        self._folder = folder
        self._events = events

    def add(self, segment: Path, offset: int, content: bytes, damage: Damage) -> None:
        """Keep bytes of a segment. The same bytes set aside again are counted again but kept once.

        Raises:
            OSError: they could not be kept.

        """
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = self._folder / f"{segment.parent.name}_{segment.stem}_{offset}.{damage.value}"
        kept.write_bytes(content)
        self._events.set_aside(damage.value)
        logger.warning(
            "capture: %d bytes of the journal are %s and set aside in %s",
            len(content),
            damage.value,
            kept.name,
            extra={"bytes": len(content), "reason": damage.value, "file": kept.name},
        )
