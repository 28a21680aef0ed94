"""What the worker tells about files of captured predictions."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Self

from opentelemetry.metrics import Observation

from telemetry.signals import OTHER, schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opentelemetry.metrics import Counter

    from telemetry.signals import Labels, SignalMeter


@dataclass(frozen=True, slots=True)
class ArchiveInstruments:
    """Files compacted, removed and kept."""

    _files: Counter
    _rows: Counter
    _removed: Counter
    _reasons: Labels
    _stored: list[int] = field(default_factory=list)
    _limit: list[int] = field(default_factory=list)

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        made = cls(
            signals.counter("capture_compacted_files"),
            signals.counter("capture_compacted_rows"),
            signals.counter("capture_removed_files"),
            signals.labels("capture_removed_files"),
        )
        made.compacted(0, 0)
        for reason in schema().attributes["removal"].values:
            if reason != OTHER:
                made._removed.add(0, made._reasons(reason))
        signals.gauge("capture_stored", partial(_observe, made._stored))
        signals.gauge("capture_stored_limit", partial(_observe, made._limit))
        return made

    def compacted(self, files: int, rows: int, /) -> None:
        """Note small files whose rows stand in a large one."""
        self._files.add(files)
        self._rows.add(rows)

    def removed(self, reason: str, size: int, /) -> None:
        """Note a file that was removed."""
        del size
        self._removed.add(1, self._reasons(reason))

    def stored(self, size: int, most: int, /) -> None:
        """Take what all files hold, and what they may."""
        self._stored[:], self._limit[:] = [size], [most]


def _observe(sizes: Sequence[int]) -> Iterator[Observation]:
    for size in sizes:
        yield Observation(size)
