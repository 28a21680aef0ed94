"""A server span that comes to be only if somebody will see it.

A span of the SDK takes longer to make than the prediction it is about. That of a trace which is not
marked to be kept is of use only if the request fails or is slow, which its end tells. Until then it
is its context, which logs and answers name; whatever is recorded of it makes it a real one.
"""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.sdk.trace import Span, SpanLimits, Tracer
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags

from telemetry.sampling import is_kept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.util.types import AnyValue, Attributes


class LatentSpans:
    """Begins server spans of traces that begin here."""

    def __init__(self, tracer: Tracer) -> None:
        """Take whose sampler, ids and processors to use."""
        self.tracer = tracer
        self.limits = SpanLimits()
        random = TraceFlags.RANDOM_TRACE_ID if tracer.id_generator.is_trace_id_random() else 0
        self._sampled = TraceFlags(TraceFlags.SAMPLED | random)

    def begin(self, name: str, attributes: Attributes) -> trace.Span:
        """Begin one: real where its trace is kept, latent where it is not, none where unsampled."""
        tracer = self.tracer
        trace_id = tracer.id_generator.generate_trace_id()
        drawn = tracer.sampler.should_sample(None, trace_id, name, SpanKind.SERVER)
        is_sampled = drawn.decision is Decision.RECORD_AND_SAMPLE
        context = SpanContext(
            trace_id,
            tracer.id_generator.generate_span_id(),
            is_remote=False,
            trace_flags=self._sampled if is_sampled else TraceFlags.get_default(),
            trace_state=drawn.trace_state,
        )
        if not is_sampled:
            return NonRecordingSpan(context)
        span = LatentSpan(self, name, context, attributes)
        return span.real() if is_kept(context) else span


class _ServerSpan(Span):
    """A span of the SDK, which makes its own by tracers alone."""


class LatentSpan(trace.Span):
    """Stands for a span until there is something to tell."""

    __slots__ = ("_attributes", "_began", "_context", "_made_by", "_name", "_real")

    def __init__(
        self, made_by: LatentSpans, name: str, context: SpanContext, attributes: Attributes
    ) -> None:
        self._made_by = made_by
        self._name = name
        self._context = context
        self._attributes = attributes
        self._began = time_ns()
        self._real: Span | None = None

    def real(self) -> Span:
        """Give the span that this one stands for, and make it if need be."""
        if self._real is None:
            tracer = self._made_by.tracer
            self._real = _ServerSpan(
                self._name,
                self._context,
                sampler=tracer.sampler,
                resource=tracer.resource,
                attributes=self._attributes,
                kind=SpanKind.SERVER,
                span_processor=tracer.span_processor,
                limits=self._made_by.limits,
                instrumentation_scope=tracer._instrumentation_scope,  # noqa: SLF001  # has no other name
            )
            self._real.start(self._began)
        return self._real

    @property
    def is_real(self) -> bool:
        """Whether it has been made."""
        return self._real is not None

    def get_span_context(self) -> SpanContext:
        """Give the context, which is there from the start."""
        return self._context

    def is_recording(self) -> bool:
        """Say that what is recorded is not lost."""
        return True

    @property
    def attributes(self) -> Mapping[str, AnyValue]:
        """What is known of it so far."""
        return (self._attributes if self._real is None else self._real.attributes) or {}

    def end(self, end_time: int | None = None) -> None:
        """End it; one of which nothing was told leaves nothing behind."""
        if self._real is not None:
            self._real.end(end_time)

    def set_attributes(self, attributes: Mapping[str, AnyValue]) -> None:
        """Make it real, and tell it."""
        self.real().set_attributes(attributes)

    def set_attribute(self, key: str, value: AnyValue) -> None:
        """Make it real, and tell it."""
        self.real().set_attribute(key, value)

    def add_event(
        self, name: str, attributes: Attributes = None, timestamp: int | None = None
    ) -> None:
        """Make it real, and tell it."""
        self.real().add_event(name, attributes, timestamp)

    def update_name(self, name: str) -> None:
        """Make it real, and rename it."""
        self.real().update_name(name)

    def set_status(
        self, status: trace.Status | trace.StatusCode, description: str | None = None
    ) -> None:
        """Make it real, and tell it."""
        self.real().set_status(status, description)

    def record_exception(
        self,
        exception: BaseException,
        attributes: Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,  # noqa: FBT001, FBT002  # the API's signature
    ) -> None:
        """Make it real, and tell it."""
        self.real().record_exception(exception, attributes, timestamp, escaped)
