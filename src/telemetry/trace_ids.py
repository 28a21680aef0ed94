"""The ids that tie a log line or a row to its trace."""

from __future__ import annotations

from opentelemetry import trace


def current_trace_id() -> str | None:
    """Give the id of the trace under way as 32 hexadecimal digits, outside of one ``None``."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None


def current_span_id() -> str | None:
    """Give the id of the span under way as 16 hexadecimal digits, outside of one ``None``."""
    context = trace.get_current_span().get_span_context()
    return trace.format_span_id(context.span_id) if context.is_valid else None
