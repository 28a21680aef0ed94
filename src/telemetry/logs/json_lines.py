"""Log records as JSON, one object a line."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Final

import msgspec

from telemetry.logs import fields
from telemetry.trace_ids import current_span_id, current_trace_id

_ENCODER: Final = msgspec.json.Encoder()
_LINE_BREAKS: Final = ("\x85", "\u2028", "\u2029")
"""Line breaks that JSON leaves as they are, and some readers of lines break at."""


class JsonLines(logging.Formatter):
    """Writes timestamp, level, logger, message, trace and span id, then the caller's fields.

    Every line break is escaped, so no message can forge a line.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Encode ``record``."""
        at = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, object] = {
            "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": fields.message(record),
        }
        if (trace_id := current_trace_id()) is not None:
            line["trace_id"] = trace_id
            line["span_id"] = current_span_id()
        for name, value in fields.extras(record).items():
            line.setdefault(name, value)
        if (stack := fields.stack(record)) is not None:
            line["exception"] = stack
        encoded = _ENCODER.encode(line).decode()
        for line_break in _LINE_BREAKS:
            encoded = encoded.replace(line_break, f"\\u{ord(line_break):04x}")
        return encoded
