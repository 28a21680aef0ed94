"""The counts of captured predictions over a span: files' own counts added up, no rows read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Final

import msgspec

from capture.tally import SLOT_SECONDS, Tallies, joined, tallies_of
from drift.report import Volume
from features.counts import merged

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from capture.archive.history import CaptureHistory
    from capture.tally import Tally

REMEMBERED_FILES: Final = 4_096
"""Of those that were asked for last, whose counts are kept, packed: a report a minute reads what is
new. A file gets no other rows; it may lose those that another one has too, which count twice until
they are compacted."""
VOLUME_HOURS: Final = 24
"""Before the last one, whose median is what is usual."""
LEAST_HOURS: Final = 3
"""That have passed since the first prediction, for anything to be usual."""
_SLOTS_AN_HOUR: Final = 3_600 // SLOT_SECONDS


@dataclass(frozen=True, slots=True)
class Window:
    """Predictions of one model version."""

    tally: Tally | None
    """None when there are none."""
    skipped: int
    """Files that could not be counted."""


class WindowReader:
    """Adds up what files say of themselves. One thread at a time."""

    def __init__(self, history: CaptureHistory) -> None:
        self._history = history
        self._packed: dict[Path, bytes] = {}
        self._packed_before: dict[Path, bytes] = {}
        self._slots: dict[str, dict[int, int]] = {}
        """By file name."""

    def latest(self, model_version: str, rows: int, since: datetime) -> Window:
        """Take the latest files that together hold so many rows of a version since a moment."""
        self._begin()
        taken: list[Tally] = []
        found = skipped = 0
        for path in self._history.newest_first(since):
            if found >= rows:
                break
            tallies = self._tallies(path)
            skipped += tallies is None
            mine = tallies and tallies.get(model_version)
            if mine:
                taken.append(mine)
                found += mine.counts.rows
        return _window(taken, skipped)

    def between(self, model_version: str, since: datetime, until: datetime) -> Window:
        """Take all files with rows of a version that were made in a span."""
        self._begin()
        taken: list[Tally] = []
        skipped = 0
        for path in self._history.files(since):
            tallies = self._tallies(path)
            skipped += tallies is None
            mine = tallies and tallies.get(model_version)
            if mine and mine.last >= since and mine.first <= until:
                taken.append(mine)
        return _window(taken, skipped)

    def volume(self, now: datetime) -> Volume:
        """Count the predictions of the last hour beside those of the day before, of any version."""
        files = self._history.files(now - timedelta(hours=VOLUME_HOURS + 1))
        by_file = {path.name: self._slots_of(path) for path in files}
        self._slots = {name: slots for name, slots in by_file.items() if slots is not None}
        slots = merged(self._slots.values())
        # The slot that has not ended counts for nothing yet.
        end = int(now.timestamp()) // SLOT_SECONDS
        hours = [
            sum(
                slots.get(end - 1 - hour * _SLOTS_AN_HOUR - slot, 0)
                for slot in range(_SLOTS_AN_HOUR)
            )
            for hour in range(VOLUME_HOURS + 1)
        ]
        # Before the first prediction there was no service to ask.
        passed = max((hour for hour, rows in enumerate(hours) if rows), default=0)
        return Volume(
            last_hour=hours[0],
            usual=median(hours[1 : passed + 1]) if passed >= LEAST_HOURS else None,
        )

    def _slots_of(self, path: Path) -> dict[int, int] | None:
        known = self._slots.get(path.name)
        if known is not None:
            return known
        tallies = tallies_of(path)
        return None if tallies is None else merged(each.slots for each in tallies.values())

    def _begin(self) -> None:
        """Forget the files that were not asked for the last time."""
        self._packed_before, self._packed = self._packed, {}

    def _tallies(self, path: Path) -> Tallies | None:
        packed = self._packed_before.get(path)
        tallies = (
            tallies_of(path) if packed is None else msgspec.msgpack.decode(packed, type=Tallies)
        )
        # One that cannot be read may be the next time.
        if tallies is not None and len(self._packed) < REMEMBERED_FILES:
            self._packed[path] = packed or msgspec.msgpack.encode(tallies)
        return tallies


def _window(taken: Iterable[Tally], skipped: int) -> Window:
    together = joined({"": tally} for tally in taken)
    return Window(together.get(""), skipped)
