"""Log records over OTLP. The SDK's own handler is deprecated and cleans no fields."""

from __future__ import annotations

import logging
from time import time_ns
from typing import TYPE_CHECKING, Final

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import get_current
from opentelemetry.instrumentation.utils import is_instrumentation_enabled

from telemetry.logs import fields

if TYPE_CHECKING:
    from opentelemetry._logs import LoggerProvider
    from opentelemetry.util.types import AnyValue

_EXPORT_PATH: Final = ("opentelemetry", "urllib3", "requests")
"""What these log on an export, exported in turn, would never end."""

_SEVERITIES: Final = (
    (logging.CRITICAL, SeverityNumber.FATAL, "FATAL"),
    (logging.ERROR, SeverityNumber.ERROR, "ERROR"),
    (logging.WARNING, SeverityNumber.WARN, "WARN"),
    (logging.INFO, SeverityNumber.INFO, "INFO"),
    (logging.DEBUG, SeverityNumber.DEBUG, "DEBUG"),
)


class OtlpHandler(logging.Handler):
    """Hands records to the SDK, which takes trace and span id from the context."""

    def __init__(self, provider: LoggerProvider) -> None:
        super().__init__()
        self._provider = provider

    def emit(self, record: logging.LogRecord) -> None:
        """Hand ``record`` over; never blocks on the collector."""
        if record.name.split(".", 1)[0] in _EXPORT_PATH or not is_instrumentation_enabled():
            return
        try:
            self._provider.get_logger(record.name).emit(_translated(record))
        except Exception:  # noqa: BLE001  # logging's own contract: report, never raise
            self.handleError(record)


def _translated(record: logging.LogRecord) -> LogRecord:
    number, severity = next(
        ((number, name) for least, number, name in _SEVERITIES if record.levelno >= least),
        (SeverityNumber.TRACE, "TRACE"),
    )
    # fields.plain leaves only what AnyValue allows, which its return type cannot say.
    attributes: dict[str, AnyValue] = dict(fields.extras(record))  # type: ignore[arg-type]
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        attributes["exception.type"] = type(error).__qualname__
        attributes["exception.message"] = fields.text(str(error))
        attributes["exception.stacktrace"] = fields.stack(record)
    return LogRecord(
        timestamp=int(record.created * 1e9),
        observed_timestamp=time_ns(),
        context=get_current(),
        severity_number=number,
        severity_text=severity,
        body=fields.message(record),
        attributes=attributes,
    )
