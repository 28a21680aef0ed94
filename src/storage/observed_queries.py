"""Statements as the database conventions describe them: a span within a trace, and a duration."""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING, Final, Protocol

from opentelemetry import trace

if TYPE_CHECKING:
    from asyncpg.connection import LoggedQuery

_OTHER: Final = "_OTHER"
_OPERATIONS: Final = frozenset(
    {"BEGIN", "COMMIT", "COPY", "DELETE", "INSERT", "LISTEN", "LOCK", "ROLLBACK", "SELECT"}
)
_TEXT_CHARACTERS: Final = 1024


class QueryEvents(Protocol):
    """Hears of each statement, for metrics."""

    def operated(self, operation: str, seconds: float, error: str | None, /) -> None:
        """Note a statement's first word, how long it took, and the kind of error it met."""


class QueryObserver:
    """Told of each statement by the driver, after it."""

    def __init__(self, events: QueryEvents, tracer: trace.Tracer) -> None:
        self._events = events
        self._tracer = tracer

    def __call__(self, query: LoggedQuery) -> None:
        """Record a statement. Its arguments are nobody's business; its text is our own."""
        first = query.query.split(None, 1)[0].upper() if query.query.strip() else _OTHER
        operation = first if first in _OPERATIONS else _OTHER
        error = None if query.exception is None else type(query.exception).__qualname__
        self._events.operated(operation, query.elapsed, error)
        # Statements beside any work, such as the comparison every few seconds, make no traces.
        if trace.get_current_span().is_recording():
            self._trace(query, operation, error)

    def _trace(self, query: LoggedQuery, operation: str, error: str | None) -> None:
        ended = time_ns()
        span = self._tracer.start_span(
            operation,
            kind=trace.SpanKind.CLIENT,
            start_time=ended - round(query.elapsed * 1e9),
            attributes={
                "db.system.name": "postgresql",
                "db.operation.name": operation,
                "db.query.text": " ".join(query.query.split())[:_TEXT_CHARACTERS],
            },
        )
        if error is not None:
            span.set_attribute("error.type", error)
            span.set_status(trace.StatusCode.ERROR)
        span.end(ended)
