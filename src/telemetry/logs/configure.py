"""Bring every log line of the process into one form."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Final, TextIO

from telemetry.logs.console import ConsoleLines
from telemetry.logs.json_lines import JsonLines
from telemetry.logs.otlp import OtlpHandler
from telemetry.logs.repeats import Repeats

if TYPE_CHECKING:
    from collections.abc import Callable

    from telemetry.setup import Telemetry

_SERVER_LOGGERS: Final = ("uvicorn", "uvicorn.error", "uvicorn.access")
_ACCESS: Final = "uvicorn.access"
"""Raw paths and query strings; spans and metrics tell the same without them."""


def configure_logging(
    level: str, telemetry: Telemetry | None = None, *, stream: TextIO | None = None
) -> Callable[[], None]:
    """Send all logging to ``stream``, and over OTLP where ``telemetry`` exports logs.

    Lines are JSON, or words when the stream is a terminal. uvicorn has to be started with
    ``log_config=None``, so that it leaves this as it is.

    Args:
        level: least level that is logged, such as ``INFO``.
        telemetry: where logs are exported to.
        stream: standard output unless given.

    Returns:
        What puts the handlers back that were there before.

    """
    stream = sys.stdout if stream is None else stream
    lines = logging.StreamHandler(stream)
    lines.setFormatter(ConsoleLines() if stream.isatty() else JsonLines())
    lines.addFilter(Repeats())
    handlers: list[logging.Handler] = [lines]
    if telemetry is not None and telemetry.exports_logs:
        handlers.append(OtlpHandler(telemetry.logger_provider))

    root = logging.getLogger()
    before = (root.level, root.handlers[:], logging.getLogger(_ACCESS).disabled)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in _SERVER_LOGGERS:
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True
    logging.getLogger(_ACCESS).disabled = True
    logging.captureWarnings(capture=True)

    def restore() -> None:
        logging.captureWarnings(capture=False)
        level_before, root.handlers[:], logging.getLogger(_ACCESS).disabled = before
        root.setLevel(level_before)

    return restore
