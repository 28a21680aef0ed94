"""Instrument an ASGI application: server spans, the HTTP conventions' metrics, and our own.

The stock middleware brings the tracer. Its way through a request is not taken: it knows no routes
but FastAPI's, decodes headers in ways that raise on hostile bytes, keeps addresses and query
strings, and costs a tenth of what a prediction does.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final

from opentelemetry import trace
from opentelemetry.context import attach, detach
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.trace import Tracer
from opentelemetry.trace import SpanKind, StatusCode

from telemetry.conventions import use_stable_conventions
from telemetry.http_request import RequestReader, method_of, scheme_of
from telemetry.instruments.http import SERVER_ERROR, HttpInstruments
from telemetry.latent_span import LatentSpan, LatentSpans
from telemetry.logs.slow_answers import SlowAnswers
from telemetry.sampling import SLOW_SECONDS, PerSecond, is_kept, keep, leads_to_kept
from telemetry.signals import OTHER

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from opentelemetry.context import Context

    from telemetry.http_request import ASGIApp, Message, Receive, Scope, Send
    from telemetry.setup import Telemetry

UNMATCHED: Final = "unmatched"
"""The endpoint of every request that no route takes."""

SLOW_KEPT: Final = 50
"""Slow requests of which the traces are kept in each second. Under overload all are slow, and their
spans would take a fifth of the time that answers need."""

_TRACE_RESPONSE: Final = b"traceresponse"
"""Response header of W3C Trace Context, level 2."""


def instrument(
    app: ASGIApp,
    telemetry: Telemetry,
    *,
    route: Callable[[Scope], str],
    plain: Container[str] = frozenset(),
) -> ServerInstrumentation:
    """Wrap ``app``.

    Args:
        app: the whole application.
        telemetry: where spans and metrics go.
        route: gives, once the application has begun to answer, the route template of a request
            or :data:`UNMATCHED`; never a raw path.
        plain: paths of which a request has no span beneath the first unless its trace is kept.

    """
    use_stable_conventions()
    return ServerInstrumentation(app, telemetry, route, plain)


class ServerInstrumentation(OpenTelemetryMiddleware):
    """The stock middleware with a request path of our own."""

    def __init__(
        self,
        app: ASGIApp,
        telemetry: Telemetry,
        route: Callable[[Scope], str],
        plain: Container[str],
    ) -> None:
        super().__init__(
            app,
            tracer_provider=telemetry.tracer_provider,
            # Its instruments would count every request twice over; ours come from the schema.
            meter_provider=NoOpMeterProvider(),
        )
        self.route = route
        self.instruments = HttpInstruments.create(telemetry.signals)
        self.slow = SlowAnswers()
        self.slow_kept = PerSecond(SLOW_KEPT)
        self._read = RequestReader()
        self._plain = plain
        self._latent = LatentSpans(self.tracer) if isinstance(self.tracer, Tracer) else None
        self._application: ASGIApp = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Observe an HTTP request; whatever else passes as it is."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        attributes, parent = self._read(scope)
        method, scheme = method_of(scope), scheme_of(scope)
        name = _span_method(method)
        if parent is None and self._latent is not None and scope["path"] in self._plain:
            span = self._latent.begin(name, attributes)
        else:
            span = self.tracer.start_span(name, parent, SpanKind.SERVER, attributes)
        request = _Request(self, scope, send, span, trace.set_span_in_context(span, parent))
        token = attach(request.context)
        self.instruments.began(method, scheme)
        try:
            await self._application(scope, receive, request.send)
        except Exception as error:
            request.failed(error)
            raise
        finally:
            request.finish()
            span.end()
            self.instruments.ended(method, scheme)
            detach(token)


def _span_method(method: str) -> str:
    return "HTTP" if method == OTHER else method


class _Request:
    """One request under way."""

    __slots__ = (
        "_began",
        "_client_gone",
        "_error",
        "_finished",
        "_observed",
        "_reply",
        "_scope",
        "_span",
        "_status",
        "context",
    )

    def __init__(
        self,
        observed: ServerInstrumentation,
        scope: Scope,
        reply: Send,
        span: trace.Span,
        context: Context,
    ) -> None:
        self._began = perf_counter()
        self._observed = observed
        self._scope = scope
        self._reply = reply
        self._span = span
        self.context = context
        # Until the application answers, whoever waits gets the server's own 500.
        self._status = SERVER_ERROR
        self._error: str | None = None
        self._client_gone = False
        self._finished = False

    async def send(self, message: Message) -> None:
        """Pass ``message`` on; with its last part the request is finished."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._name_trace(message)
        try:
            await self._reply(message)
        except OSError:
            self._client_gone = True
            raise
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.finish()

    def failed(self, error: Exception) -> None:
        """Note that ``error`` escaped the application."""
        self._span.record_exception(error)
        self._span.set_status(StatusCode.ERROR, f"{type(error).__name__}: {error}")
        if self._finished or self._client_gone:
            return
        self._status = SERVER_ERROR
        self._error = type(error).__qualname__

    def finish(self) -> None:
        """Describe the request on its span and record it, once."""
        if self._finished:
            return
        self._finished = True
        seconds = perf_counter() - self._began
        endpoint = self._observed.route(self._scope)
        method = method_of(self._scope)
        failed = self._status >= SERVER_ERROR
        if failed and self._error is None:
            self._error = str(self._status)
        kept = is_kept(self._span.get_span_context())
        if failed or seconds >= SLOW_SECONDS:
            if failed or self._observed.slow_kept.take():
                keep(self._span)
            kept = leads_to_kept(self.context)
        if kept or not isinstance(self._span, LatentSpan) or self._span.is_real:
            self._describe(endpoint, method)
        self._observed.instruments.finished(
            endpoint,
            method,
            self._status,
            seconds,
            scheme=scheme_of(self._scope),
            route=None if endpoint == UNMATCHED else endpoint,
            error=self._error,
            kept=self.context if kept else None,
        )
        if seconds >= SLOW_SECONDS and not failed:
            # Errors are logged where they happen.
            self._observed.slow.log(endpoint, seconds)

    def _describe(self, endpoint: str, method: str) -> None:
        span = self._span
        if not span.is_recording():
            return
        span.set_attribute("http.response.status_code", self._status)
        if endpoint != UNMATCHED:
            # By the conventions a request without a route has none on span or metric.
            span.update_name(f"{_span_method(method)} {endpoint}")
            span.set_attribute("http.route", endpoint)
        if self._error is not None:
            span.set_attribute("error.type", self._error)
            span.set_status(StatusCode.ERROR)

    def _name_trace(self, message: Message) -> None:
        """Tell who asked where to look, or what to name when asking for help."""
        context = self._span.get_span_context()
        if context.trace_flags.sampled:
            value = f"00-{context.trace_id:032x}-{context.span_id:016x}-01".encode()
            message["headers"] = [*message.get("headers", ()), (_TRACE_RESPONSE, value)]
