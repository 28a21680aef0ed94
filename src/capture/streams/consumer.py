"""What a worker does with the stream: rows into files, each once, whoever is killed when."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from opentelemetry import trace

from capture.interface import DeathReason, StreamTrouble
from capture.streams.connection import StreamError
from capture.streams.entry import DeadEntryError, Entry
from capture.streams.group import Hold, WorkerGroup
from capture.unwritable import UnwritableRowsError
from features.contract import CONTRACT_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from capture.interface import StreamEvents
    from capture.parquet_sink import ParquetSink
    from capture.streams.group import Delivery
    from config.settings import CaptureSettings, StreamSettings

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 5.0
"""What failed is tried again after a pause that doubles up to this."""
LOOK_SECONDS: Final = 5.0
"""How often the worker tells how far it is behind."""


@dataclass(frozen=True, slots=True)
class _Written:
    """What is dealt with but not known to be out of the stream."""

    ids: Sequence[str]
    name: str
    rows: Sequence[Entry]
    """Those that the file of that name holds."""


@dataclass(slots=True)
class _Schedule:
    """When what is done again and again is due."""

    every_seconds: float
    _due_at: float = field(default=0.0)

    def due(self) -> bool:
        """Tell whether it is due, and count from now if so."""
        now = time.monotonic()
        if now < self._due_at:
            return False
        self._due_at = now + self.every_seconds
        return True


class StreamConsumer:
    """Writes what the stream hands to this worker. Used from one thread, but for :meth:`stop`.

    An entry leaves the stream once a file holds its row. Between the two a worker may be killed,
    or stopped for so long that another takes over: whoever takes over looks into the files first,
    and whoever finds an entry gone that it has just written looks whether it was the second.
    """

    def __init__(
        self,
        settings: StreamSettings,
        capture: CaptureSettings,
        sink: ParquetSink,
        events: StreamEvents,
        tracer: trace.Tracer,
    ) -> None:
        """Read the stream of ``settings``, write into ``sink``."""
        self._deliveries = settings.deliveries
        self._rows = capture.rows_per_file
        self._max_age = capture.max_age_seconds
        self._sink = sink
        self._events = events
        self._tracer = tracer
        self._group = WorkerGroup(settings)
        self._held: dict[str, Entry] = {}
        self._held_since = 0.0
        self._written: _Written | None = None
        self._joined = False
        self._failing = False
        self._longest_pause = min(LONGEST_PAUSE_SECONDS, settings.claim_seconds / 3)
        self._renewing = _Schedule(settings.claim_seconds / 3)
        self._claiming = _Schedule(settings.claim_seconds / 3)
        self._looking = _Schedule(LOOK_SECONDS)
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Let :meth:`run` write what it holds, and end."""
        self._stopping.set()

    def run(self) -> None:
        """Bring rows into files until told to stop; a failure is told, and tried again."""
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            try:
                self._turn()
            except OSError as error:
                self._failed(error)
            except Exception:
                logger.exception("capture: rows of the stream cannot be written; trying again")
            else:
                pause = FIRST_PAUSE_SECONDS
                if self._failing:
                    self._failing = False
                    logger.info("capture: rows of the stream are written again")
                continue
            self._stopping.wait(pause)
            pause = min(2 * pause, self._longest_pause)
        try:
            if self._joined:
                self._finish()
        except OSError as error:
            logger.warning(
                "capture: %d rows are left in the stream for another worker: %s",
                len(self._held),
                error,
            )

    def _turn(self) -> None:
        joined = self._joined
        if not joined:
            self._group.join()
            self._joined = True
        if self._written is not None:
            self._settle(self._written)
        if not joined:
            self._take(self._group.own(self._held))
        if self._renewing.due():
            self._renew()
        if self._looking.due():
            lag = self._group.look()
            self._events.answered(True)  # noqa: FBT003  # what it is told stands in its name
            self._events.looked_at(lag.waiting, lag.delivered, lag.oldest_seconds)
        room = self._rows - len(self._held)
        if room > 0 and self._claiming.due():
            claimed = self._group.claim(room)
            self._events.claimed(len(claimed))
            self._take(claimed)
        patience = self._held_since + self._max_age - time.monotonic()
        if self._held and (len(self._held) >= self._rows or patience <= 0):
            self._write()
        else:
            self._take(self._group.read(room, patience if self._held else self._max_age))

    def _finish(self) -> None:
        if self._written is not None:
            self._settle(self._written)
        while self._held:
            self._write()
        self._group.leave()

    def _failed(self, error: OSError) -> None:
        if isinstance(error, StreamError):
            self._joined = False
            self._events.answered(error.trouble is not StreamTrouble.AWAY)
        if not self._failing:
            self._failing = True
            logger.warning(
                "capture: rows of the stream cannot be written (%s) and wait there; trying again",
                error.strerror or type(error).__name__,
            )

    def _take(self, deliveries: Iterable[Delivery]) -> None:
        """Hold what can be written, set the rest aside."""
        for delivery in deliveries:
            if delivery.entry_id in self._held:
                continue
            try:
                entry = self._entry(delivery)
            except DeadEntryError as error:
                self._bury(delivery.entry_id, error.reason)
                continue
            except Exception:
                # It is delivered again, and undeliverable in the end; those behind it go on.
                logger.exception(
                    "capture: an entry of the stream cannot be read: %s", delivery.entry_id
                )
                continue
            if not self._held:
                self._held_since = time.monotonic()
            self._held[entry.entry_id] = entry

    def _entry(self, delivery: Delivery) -> Entry:
        if delivery.times > self._deliveries:
            raise DeadEntryError(DeathReason.UNDELIVERABLE)
        entry = Entry.decode(
            delivery.entry_id, delivery.fields, CONTRACT_VERSION, doubtful=delivery.doubtful
        )
        if not self._sink.fits(entry.prediction):
            raise DeadEntryError(DeathReason.FOREIGN)
        return entry

    def _bury(self, entry_id: str, reason: DeathReason) -> None:
        if self._group.bury(entry_id, reason.value):
            self._events.dead(reason.value, 1)
            logger.warning(
                "capture: an entry of the stream is set aside (%s): %s",
                reason.value,
                entry_id,
                extra={"reason": reason.value, "entry": entry_id},
            )

    def _renew(self) -> None:
        """Keep what is held, and let go of what another worker has by now."""
        if not self._held:
            return
        for entry_id, hold in self._group.renew(list(self._held)).items():
            match hold:
                case Hold.ANOTHERS:
                    del self._held[entry_id]
                case Hold.GONE:
                    # Another has written it, or Redis has lost it: the files know.
                    self._held[entry_id] = replace(self._held[entry_id], doubtful=True)
                case Hold.OURS:
                    pass

    def _write(self) -> None:
        """Write what is held, but for what stands in a file already, and settle all of it."""
        self._renew()
        batch = list(self._held.values())[: self._rows]
        doubtful = [entry.prediction for entry in batch if entry.doubtful]
        known = set(self._sink.holders(doubtful)) if doubtful else set()
        fresh: dict[str, Entry] = {}
        for entry in batch:
            if entry.prediction.prediction_id not in known:
                fresh.setdefault(entry.prediction.prediction_id, entry)
        rows = list(fresh.values())
        try:
            name = self._write_file(rows) if rows else ""
        except UnwritableRowsError as error:
            logger.exception("capture: rows of the stream cannot be written and are set aside")
            for entry in rows:  # the others are written next
                if entry.prediction.prediction_id in error.ids:
                    self._bury(entry.entry_id, DeathReason.UNDECODABLE)
                    del self._held[entry.entry_id]
            return
        for entry in batch:
            del self._held[entry.entry_id]
        self._held_since = time.monotonic()
        self._events.already_written(len(batch) - len(rows))
        self._written = _Written([entry.entry_id for entry in batch], name, rows)
        self._settle(self._written)

    def _write_file(self, rows: Sequence[Entry]) -> str:
        origins = {entry.handed_over.span_id: entry.handed_over for entry in rows}
        links = [trace.Link(origin) for origin in origins.values() if origin.is_valid]
        with self._tracer.start_as_current_span(
            "write captured rows", kind=trace.SpanKind.CONSUMER, links=links
        ) as span:
            name = self._sink.write([entry.prediction for entry in rows])
            span.set_attributes({"dexwatch.rows": len(rows), "dexwatch.file": name})
        return name

    def _settle(self, written: _Written) -> None:
        """Take what is written out of the stream, and out of our file what another wrote too."""
        gone = self._group.settle(written.ids)
        taken = [entry for entry in written.rows if entry.entry_id in gone]
        if taken:
            holders = self._sink.holders([entry.prediction for entry in taken])
            doubled = {name for name, files in holders.items() if files - {written.name}}
            if doubled:
                left = [
                    entry.prediction
                    for entry in written.rows
                    if entry.prediction.prediction_id not in doubled
                ]
                self._sink.rewrite(written.name, left)
                self._events.taken_back(len(doubled))
                logger.warning(
                    "capture: %d rows were written by another worker too and taken out of %s",
                    len(doubled),
                    written.name,
                    extra={"rows": len(doubled), "file": written.name},
                )
        self._written = None
