"""Instrument an ASGI application: server spans, the HTTP conventions' metrics, and our own.

The OpenTelemetry middleware stands outermost. It knows no routes, so the part inside it names the
span by the route template once the application has routed, and records the ``api_*`` metrics.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import trace
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware

from telemetry.conventions import use_stable_conventions
from telemetry.instruments.http import SERVER_ERROR, HttpInstruments
from telemetry.logs.slow_answers import SlowAnswers
from telemetry.sampling import SLOW_SECONDS, keep
from telemetry.signals import OTHER
from telemetry.visible_scope import ORIGINAL, VisibleScope, method_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.util.types import AnyValue

    from telemetry.setup import Telemetry
    from telemetry.visible_scope import ASGIApp, Message, Receive, Scope, Send

UNMATCHED: Final = "unmatched"
"""The endpoint of every request that no route takes."""

_ROUTE: Final = "http.route"
_STATUS: Final = "http.response.status_code"
_ERROR: Final = "error.type"
_TRACE_RESPONSE: Final = b"traceresponse"
"""Response header of W3C Trace Context, level 2."""


def instrument(app: ASGIApp, telemetry: Telemetry, *, route: Callable[[Scope], str]) -> ASGIApp:
    """Wrap ``app``.

    Args:
        app: the whole application.
        telemetry: where spans and metrics go.
        route: gives, once the application has begun to answer, the route template of a request
            or :data:`UNMATCHED`; never a raw path.

    """
    use_stable_conventions()
    instruments = HttpInstruments.create(telemetry.signals)
    observed = _ServerInstrumentation(
        _Observed(app, instruments, route),
        default_span_details=_unrouted_name,
        tracer_provider=telemetry.tracer_provider,
        meter_provider=telemetry.meter_provider,
        exclude_spans=["send", "receive"],
    )
    visible = VisibleScope()

    async def instrumented(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            await observed(visible(scope), receive, send)
        else:
            await app(scope, receive, send)

    return instrumented


def _unrouted_name(scope: Scope) -> tuple[str, dict[str, str]]:
    """Name the span before the route is known, as the conventions say: by the method alone."""
    return _span_method(scope.get("method", scope["type"].upper())), {}


def _span_method(method: str) -> str:
    return "HTTP" if method == OTHER else method


class _Reply:
    """The instrumentation's ``send``, and the attributes its metrics will be recorded with."""

    __slots__ = ("attributes", "send")

    def __init__(self, send: Send, attributes: dict[str, Any]) -> None:
        self.send = send
        self.attributes = attributes

    async def __call__(self, message: Message) -> None:
        await self.send(message)


class _ServerInstrumentation(OpenTelemetryMiddleware):
    """Lets the part inside reach the metric attributes, which are out of its reach otherwise.

    The instrumentation takes ``http.route`` for metrics from FastAPI's scope only.
    """

    def _get_otel_send(
        self,
        server_span: trace.Span,
        server_span_name: str,
        scope: Scope,
        send: Send,
        duration_attrs: dict[str, Any],
    ) -> _Reply:
        inner = super()._get_otel_send(  # type: ignore[no-untyped-call]  # the library's own
            server_span, server_span_name, scope, send, duration_attrs
        )
        return _Reply(inner, duration_attrs)


class _Observed:
    """Stands between the OpenTelemetry middleware and the application."""

    def __init__(
        self, app: ASGIApp, instruments: HttpInstruments, route: Callable[[Scope], str]
    ) -> None:
        self.app = app
        self.instruments = instruments
        self.route = route
        self.slow = SlowAnswers()

    async def __call__(self, seen: Scope, receive: Receive, send: Send) -> None:
        scope: Scope = seen[ORIGINAL]
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = _Request(self, scope, send)
        try:
            await self.app(scope, receive, request.send)
        except Exception as error:
            request.failed(type(error).__qualname__)
            raise
        finally:
            request.finish()


class _Request:
    """One request under way."""

    __slots__ = (
        "_began",
        "_client_gone",
        "_finished",
        "_observed",
        "_reply",
        "_scope",
        "_span",
        "_status",
    )

    def __init__(self, observed: _Observed, scope: Scope, reply: Send) -> None:
        self._began = perf_counter()
        self._observed = observed
        self._scope = scope
        self._reply = reply
        self._span = trace.get_current_span()
        # Until the application answers, whoever waits gets the server's own 500.
        self._status = SERVER_ERROR
        self._client_gone = False
        self._finished = False

    async def send(self, message: Message) -> None:
        """Pass ``message`` on; with its last part the request is finished."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._name_route()
            self._name_trace(message)
        last = message["type"] == "http.response.body" and not message.get("more_body", False)
        if last:
            # The span ends with the last part, and after it nothing can be said of it.
            self._keep_if_notable()
        try:
            await self._reply(message)
        except OSError:
            self._client_gone = True
            raise
        if last:
            self.finish()

    def failed(self, error: str) -> None:
        """Note that ``error`` escaped the application before the answer was complete."""
        if self._finished or self._client_gone:
            return
        self._status = SERVER_ERROR
        keep(self._span)
        outcome: dict[str, AnyValue] = {_STATUS: SERVER_ERROR, _ERROR: error}
        self._span.set_attributes(outcome)
        if isinstance(self._reply, _Reply):
            self._reply.attributes.update(outcome)

    def finish(self) -> None:
        """Record the request, once."""
        if self._finished:
            return
        self._finished = True
        endpoint = self._name_route()
        seconds = perf_counter() - self._began
        if self._span.is_recording():  # there was no last part
            self._keep_if_notable()
        if seconds >= SLOW_SECONDS and self._status < SERVER_ERROR:
            # Errors are logged where they happen.
            self._observed.slow.log(endpoint, seconds)
        self._observed.instruments.finished(endpoint, method_of(self._scope), self._status, seconds)

    def _keep_if_notable(self) -> None:
        if self._status >= SERVER_ERROR or perf_counter() - self._began >= SLOW_SECONDS:
            keep(self._span)

    def _name_trace(self, message: Message) -> None:
        """Tell who asked where to look, or what to name when asking for help."""
        context = self._span.get_span_context()
        if context.trace_flags.sampled:
            value = f"00-{context.trace_id:032x}-{context.span_id:016x}-01".encode()
            message["headers"] = [*message.get("headers", ()), (_TRACE_RESPONSE, value)]

    def _name_route(self) -> str:
        template = self._observed.route(self._scope)
        if template == UNMATCHED:
            # By the conventions a request without a route has none on span or metric.
            return template
        if self._span.is_recording():
            self._span.update_name(f"{_span_method(method_of(self._scope))} {template}")
            self._span.set_attribute(_ROUTE, template)
        if isinstance(self._reply, _Reply):
            self._reply.attributes[_ROUTE] = template
        return template
