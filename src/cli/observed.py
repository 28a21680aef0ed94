"""Telemetry and logging of one process, from its first step to its last."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.settings import Settings
    from telemetry.instruments import RegistryInstruments
    from telemetry.meters import Shared
    from telemetry.setup import Telemetry


@contextmanager
def observed(settings: Settings, shared: Shared | None = None) -> Iterator[Telemetry]:
    """Start telemetry and logging; export what is left, within a bound, at the end.

    ``shared`` is the place of this process among those that are one service.
    """
    from telemetry.logs import configure_logging
    from telemetry.setup import start

    telemetry = start(os.environ, settings.traces, shared)
    restore_logging = configure_logging(settings.log_level, telemetry)
    try:
        yield telemetry
    finally:
        telemetry.shutdown()
        restore_logging()


@contextmanager
def registry_work(settings: Settings, command: str) -> Iterator[RegistryInstruments]:
    """Trace and measure a command that works on the registry; its output stays its own."""
    from telemetry.instruments import RegistryInstruments

    with traced(settings, command) as telemetry:
        yield RegistryInstruments.create(telemetry.signals)


@contextmanager
def traced(settings: Settings, command: str) -> Iterator[Telemetry]:
    """Trace a command, whose output stays its own.

    It goes on in the trace of the process that started it, if that left one in the environment.
    """
    from opentelemetry.context import attach, detach

    from telemetry.propagation import from_environment
    from telemetry.setup import start

    telemetry = start(os.environ, settings.traces, command=command)
    token = attach(from_environment(os.environ))
    try:
        with telemetry.tracer("dexwatch").start_as_current_span(command):
            yield telemetry
    finally:
        detach(token)
        telemetry.shutdown()
