"""Trace context and baggage across borders that no instrumentation knows: queues, jobs, processes.

A carrier is a flat mapping of text: the fields of a stream entry, a column of a job, or, in upper
case, the environment of a command, as the OpenTelemetry specification has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.propagate import extract, get_global_textmap, inject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.context import Context


def carrier() -> dict[str, str]:
    """Write the current context down, for whoever goes on with the work."""
    fields: dict[str, str] = {}
    inject(fields)
    return fields


def continued(fields: Mapping[str, str]) -> Context:
    """Give the context that was written down; without one, an empty context."""
    return extract({name.lower(): value for name, value in fields.items()})


def environment() -> dict[str, str]:
    """Write the current context down as environment variables: ``TRACEPARENT`` and the like."""
    return {name.upper(): value for name, value in carrier().items()}


def from_environment(variables: Mapping[str, str]) -> Context:
    """Give the context that a parent process has put into the environment."""
    known = {field.upper() for field in get_global_textmap().fields}
    return continued({name: value for name, value in variables.items() if name in known})
