"""Rows into the stream, each once."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opentelemetry import trace

from capture.interface import StreamTrouble
from capture.journal.appender import Position
from capture.sink import Manner, SinkLostRowsError
from capture.streams import entry
from capture.streams.connection import StreamError, connect, stream_errors
from capture.streams.scripts import HAND_OVER, mark_key
from telemetry import propagation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from capture.interface import StreamEvents
    from capture.journal.reader import JournalRow
    from capture.record import CapturedPrediction
    from config.settings import CaptureSettings, StreamSettings

logger = logging.getLogger(__name__)

MOST_ROWS: Final = 500
"""Of one call: about half a megabyte, and a few milliseconds of Redis."""
MARK_SECONDS: Final = 90 * 86_400
"""How long the mark of a journal stays after its last row. A journal that is left behind for longer
is handed over as a whole, and its rows are then looked for in the files."""
BURST_ROWS: Final = 100
BURST_SECONDS: Final = 5.0
"""What is handed over within this is one burst: one line of the log, one span."""
_WORDS: Final = {
    StreamTrouble.AWAY: "Redis does not answer",
    StreamTrouble.FULL: "the stream is full",
    StreamTrouble.REFUSED: "Redis refuses rows",
    StreamTrouble.LOST: "Redis has lost rows, which are handed over again",
}


@dataclass(slots=True)
class _Progress:
    """How far a journal is."""

    tried: str = ""
    """Where the last row ends that may have been sent."""
    kept: str = ""
    """Where the last row ends that Redis has confirmed to this process."""


class StreamSink:
    """A ``Sink`` that adds rows to a stream of Redis.

    With each journal goes a mark that is moved in the same step in which rows are added. Whatever
    is sent twice, after a time-out or a crash, lies below the mark the second time.
    """

    def __init__(
        self,
        settings: StreamSettings,
        contract: str,
        *,
        fits: Callable[[CapturedPrediction], bool],
        events: StreamEvents,
        tracer: trace.Tracer,
    ) -> None:
        """Take where to add rows, and what a row must satisfy."""
        self._settings = settings
        self._contract = contract
        self._fits = fits
        self._events = events
        self._client = connect(settings)
        self._hand_over = self._client.register_script(HAND_OVER)
        self._progress: dict[str, _Progress] = {}
        self._burst = _Burst(tracer)
        self.trouble: str = _WORDS[StreamTrouble.AWAY]

    def manner(self, settings: CaptureSettings, /) -> Manner:
        """Ship whatever there is, at once, while the answers wait for it."""
        return Manner(
            full=1,
            most=MOST_ROWS,
            max_age_seconds=settings.max_age_seconds,
            awaited=True,
            kept_segments=1,
        )

    def fits(self, prediction: CapturedPrediction, /) -> bool:
        """Tell whether a worker could write the row."""
        return self._fits(prediction)

    def ship(self, journal: str, batch: Sequence[JournalRow], /) -> None:
        """Add the rows to the stream, but for those that it has had before."""
        progress = self._progress.setdefault(journal, _Progress())
        ends = [_place(row.end) for row in batch]
        sent_before, progress.tried = progress.tried, max(progress.tried, ends[-1])
        arguments: list[str | bytes | int] = [
            self._settings.max_rows,
            MARK_SECONDS,
            progress.kept,
            self._contract,
            *self._burst.carrier(),
        ]
        for end, row in zip(ends, batch, strict=True):
            arguments += (end, int(end <= sent_before), entry.encode(row.prediction))
        added, mark = self._ask(journal, arguments)
        match added:
            case -1:
                progress.kept = mark
                self._failed(StreamTrouble.LOST)
                raise SinkLostRowsError(_position(mark))
            case -2:
                self._failed(StreamTrouble.FULL)
                raise StreamError(StreamTrouble.FULL, "the stream holds as many rows as it may")
        progress.kept = ends[-1]
        self._events.answered(True)  # noqa: FBT003  # what it is told stands in its name
        self._events.handed_over(added)
        self._burst.add(added)

    def missing(self, journal: str, rows: Sequence[JournalRow], /) -> Sequence[JournalRow]:
        """Give the rows beyond the journal's mark."""
        try:
            with stream_errors():
                mark = self._client.get(mark_key(self._settings.name, journal))
        except StreamError as error:
            self._failed(error.trouble)
            raise
        kept = mark.decode() if isinstance(mark, bytes) else ""
        # Whoever left the journal may have sent all of it.
        self._progress[journal] = _Progress(tried=_place(rows[-1].end))
        return [row for row in rows if _place(row.end) > kept]

    def forget(self, journal: str, /) -> None:
        """Remove the journal's mark; where that fails, it goes by itself in time."""
        self._burst.end()
        self._progress.pop(journal, None)
        try:
            with stream_errors():
                self._client.delete(mark_key(self._settings.name, journal))
        except StreamError as error:
            logger.info("capture: the mark of a finished journal stays for now: %s", error.strerror)

    def _ask(self, journal: str, arguments: list[str | bytes | int]) -> tuple[int, str]:
        keys = [self._settings.name, mark_key(self._settings.name, journal)]
        try:
            with stream_errors():
                added, mark = self._hand_over(keys=keys, args=arguments)
        except StreamError as error:
            self._failed(error.trouble)
            raise
        return int(added), mark.decode()

    def _failed(self, trouble: StreamTrouble) -> None:
        self.trouble = _WORDS[trouble]
        self._events.hand_over_failed(trouble.value)
        self._events.answered(trouble is not StreamTrouble.AWAY)


class _Burst:
    """Rows that are handed over shortly after each other: one span, one line."""

    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer
        self._lock = threading.Lock()
        self._span: trace.Span | None = None
        self._began = 0.0
        self._rows = 0
        self._timer: threading.Timer | None = None

    def carrier(self) -> tuple[str, str]:
        """Give ``traceparent`` and ``tracestate`` of the span; begin one where none is."""
        with self._lock:
            if self._span is None:
                self._began = time.monotonic()
                self._span = self._tracer.start_span("hand over", kind=trace.SpanKind.PRODUCER)
            with trace.use_span(self._span, end_on_exit=False):
                fields = propagation.carrier()
        return fields.get("traceparent", ""), fields.get("tracestate", "")

    def add(self, rows: int) -> None:
        """Count rows that were handed over."""
        with self._lock:
            self._rows += rows
            full = self._rows >= BURST_ROWS
            if not full and self._timer is None:
                self._timer = threading.Timer(BURST_SECONDS, self.end)
                self._timer.daemon = True
                self._timer.start()
        if full:
            self.end()

    def end(self) -> None:
        """End the span and say how many rows there were."""
        with self._lock:
            span, rows, timer = self._span, self._rows, self._timer
            self._span, self._rows, self._timer = None, 0, None
        if timer is not None:
            timer.cancel()
        if span is not None:
            span.set_attribute("dexwatch.rows", rows)
            span.end()
        if rows:
            logger.info(
                "production data: %d %s handed to stream",
                rows,
                "row" if rows == 1 else "rows",
                extra={"rows": rows},
            )


def _place(position: Position) -> str:
    """Write a position so that text sorts as positions do."""
    return f"{position.segment:08}{position.offset:012}"


def _position(place: str) -> Position:
    return Position(int(place[:8]), int(place[8:])) if place else Position(0, 0)
