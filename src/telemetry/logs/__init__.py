"""Structured logs: one JSON object a line, or words for a terminal, and OTLP beside them."""

from telemetry.logs.configure import configure_logging

__all__ = ["configure_logging"]
