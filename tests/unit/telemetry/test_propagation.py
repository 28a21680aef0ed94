"""Context goes on across borders that no instrumentation knows."""

from __future__ import annotations

from opentelemetry import baggage, trace
from opentelemetry.context import attach, detach

from telemetry import propagation
from telemetry.in_memory import InMemoryTelemetry


def test_context_and_baggage_survive_a_queue() -> None:
    """Who takes work from a queue goes on in the trace of who put it there, baggage included."""
    tracer = InMemoryTelemetry.create().telemetry.tracer("test")
    token = attach(baggage.set_baggage("team", "blue"))
    with tracer.start_as_current_span("put") as put:
        fields = propagation.carrier()
    detach(token)
    context = propagation.continued(fields)
    with tracer.start_as_current_span("take", context) as take:
        assert take.get_span_context().trace_id == put.get_span_context().trace_id
    assert baggage.get_baggage("team", context) == "blue"


def test_a_command_goes_on_in_the_trace_of_who_started_it() -> None:
    """The environment of a child process carries the context, and nothing else is looked at."""
    tracer = InMemoryTelemetry.create().telemetry.tracer("test")
    with tracer.start_as_current_span("run") as run:
        variables = {**propagation.environment(), "HOME": "/"}
    assert set(variables) <= {"TRACEPARENT", "TRACESTATE", "HOME"}
    context = propagation.from_environment(variables)
    assert (
        trace.get_current_span(context).get_span_context().trace_id
        == run.get_span_context().trace_id
    )


def test_broken_context_is_no_context() -> None:
    """Fields that say nothing sensible begin a new trace."""
    for fields in ({}, {"traceparent": "00-zz"}, {"traceparent": "00-" + "0" * 32 + "-1-01"}):
        context = propagation.continued(fields)
        assert not trace.get_current_span(context).get_span_context().is_valid
