"""What the instrumentation makes of requests, kind and hostile."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.metrics.export import HistogramDataPoint
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, StatusCode, format_trace_id

from telemetry.http_server import UNMATCHED, instrument
from telemetry.in_memory import InMemoryTelemetry
from telemetry.sampling import KEEP_ATTRIBUTE, SLOW_SECONDS
from telemetry.signals import schema

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telemetry.http_request import ASGIApp, Message, Receive, Scope, Send

    RequestTo = Callable[..., Awaitable[list[Message]]]

TEMPLATE = "/pokemon/{pokemon_id}"


async def _application(scope: Scope, receive: Receive, send: Send) -> None:
    """Route ``/pokemon/<id>`` and nothing else; some ids misbehave."""
    del receive
    if not scope["path"].startswith("/pokemon/"):
        await _answer(send, 404)
        return
    scope["path_template"] = TEMPLATE
    match scope["path"].rpartition("/")[2]:
        case "crash":
            raise ZeroDivisionError
        case "silent":
            return
        case "late-crash":
            await _answer(send, 200)
            raise ZeroDivisionError
        case "broken-stream":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            raise ZeroDivisionError
        case "stream":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for more in (True, True, False):
                await asyncio.sleep(0.02)
                await send({"type": "http.response.body", "body": b"x", "more_body": more})
        case "missing":
            await _answer(send, 404)
        case "slow":
            await asyncio.sleep(SLOW_SECONDS + 0.01)
            await _answer(send, 200)
        case _:
            await _answer(send, 200)


async def _answer(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


@pytest.fixture
def app(memory: InMemoryTelemetry) -> ASGIApp:
    """Give the instrumented application."""
    return instrument(
        _application,
        memory.telemetry,
        route=lambda scope: scope.get("path_template", UNMATCHED),
    )


def _labels_of(memory: InMemoryTelemetry, name: str) -> list[dict[str, Any]]:
    return [dict(point.attributes or {}) for point in memory.points(name)]


async def test_a_request_has_a_span_named_by_its_route(
    memory: InMemoryTelemetry, app: ASGIApp, request_to: RequestTo
) -> None:
    """The server span carries method and template, and the stable conventions' attributes."""
    await request_to(app, path="/pokemon/25")
    (span,) = memory.spans()
    assert span.name == f"GET {TEMPLATE}"
    assert span.kind is SpanKind.SERVER
    assert span.attributes["http.route"] == TEMPLATE
    assert span.attributes["http.request.method"] == "GET"
    assert span.attributes["http.response.status_code"] == 200
    assert span.attributes["url.path"] == "/pokemon/25"
    assert not any(name.startswith("http.target") for name in span.attributes)


async def test_a_known_route_keeps_its_template_when_nothing_is_found(
    memory: InMemoryTelemetry, app: ASGIApp, request_to: RequestTo
) -> None:
    """A 404 of a route is that route's, in span and metrics."""
    await request_to(app, path="/pokemon/missing")
    assert memory.spans()[0].attributes["http.route"] == TEMPLATE
    assert memory.values("api_requests") == {(TEMPLATE, "GET", "404"): 1}
    assert _labels_of(memory, "http.server.request.duration")[0]["http.route"] == TEMPLATE


async def test_unknown_paths_share_one_series(
    memory: InMemoryTelemetry, app: ASGIApp, request_to: RequestTo
) -> None:
    """However many paths are tried, there is one series, no route, and no path in any name."""
    for number in range(20):
        await request_to(app, path=f"/wp-admin/{number}")
    assert memory.values("api_requests") == {(UNMATCHED, "GET", "404"): 20}
    assert {span.name for span in memory.spans()} == {"GET"}
    assert not any("http.route" in span.attributes for span in memory.spans())
    assert len(memory.points("http.server.request.duration")) == 1
    assert "wp-admin" not in memory.telemetry.render_metrics()[0].decode()


async def test_unknown_methods_share_one_series(
    memory: InMemoryTelemetry, app: ASGIApp, request_to: RequestTo
) -> None:
    """However many methods are made up, metrics and span names know one."""
    for number in range(20):
        await request_to(app, path="/pokemon/25", method=f"HACK{number}")
    assert memory.values("api_requests") == {(TEMPLATE, "_OTHER", "200"): 20}
    assert {span.name for span in memory.spans()} == {f"HTTP {TEMPLATE}"}
    for name in ("http.server.request.duration", "http.server.active_requests"):
        assert {labels["http.request.method"] for labels in _labels_of(memory, name)} == {"_OTHER"}


async def test_no_client_can_create_series(
    memory: InMemoryTelemetry, app: ASGIApp, request_to: RequestTo
) -> None:
    """Host, scheme, protocol version, user agent and lengths change no set of labels."""
    for number in range(20):
        await request_to(
            app,
            path="/pokemon/25",
            scheme=f"gopher{number}",
            http_version=f"{number}.0",
            query_string=f"q={number}".encode(),
            headers=[
                (b"host", f"host-{number}.example".encode()),
                (b"user-agent", f"agent-{number}".encode()),
                (b"content-length", b"9" * (number + 1)),
                (b"x-forwarded-host", f"forwarded-{number}".encode()),
            ],
        )
    for name in (
        "api_requests",
        "api_request_duration",
        "http.server.request.duration",
        "http.server.active_requests",
    ):
        assert len(memory.points(name)) == 1, name
    assert not memory.points("http.server.request.body.size")
    assert not memory.points("http.server.response.body.size")


@pytest.mark.parametrize(
    "scope",
    [
        {"headers": [(b"user-agent", b"\xff\\x")]},
        {"headers": [(b"host", b"\xff\\x")]},
        {"headers": [(b"content-length", b"\xff\\x")]},
        {"headers": [(b"traceparent", b"\xff\\x")]},
        {"headers": [(b"tracestate", b"\xff\\x" * 4000)]},
        {"headers": [(b"baggage", b"a=" + b"\xff\\x" * 4000)]},
        {"headers": [(b"\xff\\x", b"1")]},
        {"query_string": b"q=\xff"},
        {"path": "/pokemon/" + "\n\x00é" * 1000},
        {"server": None, "client": None},
    ],
)
async def test_hostile_bytes_are_served_like_any_other(
    memory: InMemoryTelemetry,
    app: ASGIApp,
    request_to: RequestTo,
    scope: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No header, query or path makes the instrumentation fail a request, or fill the log."""
    sent = await request_to(app, **{"path": "/pokemon/25", **scope})
    assert sent[0]["status"] == 200
    assert memory.values("api_requests") == {(TEMPLATE, "GET", "200"): 1}
    assert len(caplog.text) < 500


async def test_spans_hold_nothing_personal_and_nothing_endless(
    memory: InMemoryTelemetry, app: ASGIApp, request_to: RequestTo
) -> None:
    """Client address, query string and headers stay off the span; what stays is bounded."""
    await request_to(
        app,
        path="/pokemon/" + "7" * 10_000,
        query_string=b"token=secret",
        headers=[
            (b"authorization", b"Bearer secret"),
            (b"cookie", b"session=secret"),
            (b"user-agent", b"agent " * 1000),
        ],
    )
    (span,) = memory.spans()
    text = str(dict(span.attributes))
    assert "secret" not in text
    assert "203.0.113.9" not in text
    assert max(len(str(value)) for value in span.attributes.values()) <= 256


async def test_an_escaped_exception_counts_as_500(
    memory: InMemoryTelemetry, app: ASGIApp, request_to: RequestTo
) -> None:
    """Metrics and span tell an unanswered crash as a 500 with the exception's type."""
    with pytest.raises(ZeroDivisionError):
        await request_to(app, path="/pokemon/crash")
    assert memory.values("api_errors") == {(TEMPLATE, "GET", "500"): 1}
    (span,) = memory.spans()
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["http.response.status_code"] == 500
    assert span.attributes["error.type"] == "ZeroDivisionError"
    assert span.events[0].name == "exception"
    (labels,) = _labels_of(memory, "http.server.request.duration")
    assert labels["http.response.status_code"] == 500
    assert labels["error.type"] == "ZeroDivisionError"
    assert labels["http.route"] == TEMPLATE


async def test_a_stream_that_breaks_off_counts_as_500(
    memory: InMemoryTelemetry, app: ASGIApp, request_to: RequestTo
) -> None:
    """An answer that was begun with 200 and never ended is an error."""
    with pytest.raises(ZeroDivisionError):
        await request_to(app, path="/pokemon/broken-stream")
    assert memory.values("api_requests") == {(TEMPLATE, "GET", "500"): 1}


async def test_no_answer_counts_as_500(
    memory: InMemoryTelemetry, app: ASGIApp, request_to: RequestTo
) -> None:
    """An application that returns without answering leaves the server to say 500."""
    await request_to(app, path="/pokemon/silent")
    assert memory.values("api_errors") == {(TEMPLATE, "GET", "500"): 1}


async def test_what_fails_after_the_answer_counts_once_as_answered(
    memory: InMemoryTelemetry, app: ASGIApp, request_to: RequestTo
) -> None:
    """A crash after the last byte does not turn the request into an error, nor count it twice."""
    with pytest.raises(ZeroDivisionError):
        await request_to(app, path="/pokemon/late-crash")
    assert memory.values("api_requests") == {(TEMPLATE, "GET", "200"): 1}
    assert memory.values("api_errors") == {(TEMPLATE, "GET", "200"): 0}


async def test_duration_lasts_until_the_last_chunk(
    memory: InMemoryTelemetry, app: ASGIApp, request_to: RequestTo
) -> None:
    """A streamed answer takes as long as its stream."""
    await request_to(app, path="/pokemon/stream")
    (point,) = memory.points("api_request_duration")
    assert isinstance(point, HistogramDataPoint)
    assert point.sum >= 0.055
    assert tuple(point.explicit_bounds) == schema().buckets["latency"]


async def test_a_client_that_is_gone_is_no_server_error(
    memory: InMemoryTelemetry, app: ASGIApp
) -> None:
    """Where the connection breaks while answering, the answer's own status counts."""

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        del message
        raise OSError("connection lost")

    scope = {"type": "http", "method": "GET", "path": "/pokemon/25", "headers": []}
    with pytest.raises(OSError, match="connection lost"):
        await app(scope, receive, send)
    assert memory.values("api_errors") == {(TEMPLATE, "GET", "200"): 0}


async def test_a_cancelled_request_is_counted(memory: InMemoryTelemetry) -> None:
    """A request that is cancelled before its answer is counted, as an error, and ends its span."""

    async def send(message: Message) -> None:
        del message
        await asyncio.Event().wait()

    async def receive() -> Message:
        return {"type": "http.request"}

    async def hang(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive, send
        await asyncio.Event().wait()

    hanging = instrument(hang, memory.telemetry, route=lambda _: "/hang")
    scope = {"type": "http", "method": "GET", "path": "/hang", "headers": []}
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(hanging(scope, receive, send), 0.05)
    assert memory.values("api_errors") == {("/hang", "GET", "500"): 1}
    assert len(memory.spans()) == 1
    assert set(memory.values("http.server.active_requests").values()) == {0}


async def test_lifespan_and_websockets_pass_untouched(memory: InMemoryTelemetry) -> None:
    """What is no HTTP request reaches the application as it is and opens no series."""
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        seen.append(scope)
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})

    instrumented = instrument(app, memory.telemetry, route=lambda _: UNMATCHED)

    async def nothing(*_: object) -> Message:
        return {"type": "lifespan.startup"}

    lifespan = {"type": "lifespan", "state": {}}
    await instrumented(lifespan, nothing, nothing)
    websocket = {
        "type": "websocket",
        "path": "/live",
        "scheme": "ws",
        "headers": [],
        "client": None,
    }
    await instrumented(websocket, nothing, nothing)
    assert seen[0] is lifespan
    assert seen[1] is websocket
    assert not memory.points("api_requests")
    assert not memory.spans()


async def test_the_application_gets_its_own_scope(
    memory: InMemoryTelemetry, request_to: RequestTo
) -> None:
    """Headers, query and path reach the application whole, however bounded the instrumentation."""
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        seen.append(scope)
        await _answer(send, 200)

    headers = [(b"host", b"a.example"), (b"cookie", b"k=v"), (b"user-agent", b"\xff\\x")]
    await request_to(
        instrument(app, memory.telemetry, route=lambda _: "/"),
        path="/" + "x" * 1000,
        query_string=b"q=\xff",
        headers=headers,
    )
    assert seen[0]["headers"] == headers
    assert seen[0]["query_string"] == b"q=\xff"
    assert len(seen[0]["path"]) == 1001


async def test_a_trace_that_began_elsewhere_goes_on(
    memory: InMemoryTelemetry, app: ASGIApp, request_to: RequestTo
) -> None:
    """The caller's trace context becomes the parent of the server span."""
    await request_to(
        app,
        path="/pokemon/25",
        headers=[(b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")],
    )
    (span,) = memory.spans()
    assert format_trace_id(span.context.trace_id) == "0af7651916cd43dd8448eb211c80319c"
    assert span.parent is not None


@pytest.mark.parametrize("name", ["api_request_duration", "http.server.request.duration"])
async def test_a_latency_bucket_leads_to_its_trace(
    memory: InMemoryTelemetry, app: ASGIApp, request_to: RequestTo, name: str
) -> None:
    """A duration carries an exemplar with the trace id of its request."""
    await request_to(app, path="/pokemon/25")
    (point,) = memory.points(name)
    (exemplar,) = point.exemplars
    assert exemplar.trace_id == memory.spans()[0].context.trace_id


async def test_a_request_that_is_not_sampled_leaves_no_exemplar(request_to: RequestTo) -> None:
    """Metrics count every request; an exemplar never names a trace that was not kept."""
    memory = InMemoryTelemetry.create(ALWAYS_OFF)
    app = instrument(_application, memory.telemetry, route=lambda _: TEMPLATE)
    await request_to(app, path="/pokemon/25")
    (point,) = memory.points("api_request_duration")
    assert point.count == 1
    assert not point.exemplars
    assert not memory.spans()


@pytest.mark.parametrize("name", ["api_request_duration", "http.server.request.duration"])
@pytest.mark.parametrize(
    ("path", "marked"),
    [("/pokemon/25", False), ("/pokemon/slow", True), ("/pokemon/crash", True)],
)
async def test_exemplars_lead_to_kept_traces_alone(
    request_to: RequestTo,
    name: str,
    path: str,
    marked: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    """Where no share is kept, what was slow or failed is marked and the only exemplar."""
    memory = InMemoryTelemetry.create(share=0)
    app = instrument(_application, memory.telemetry, route=lambda _: TEMPLATE)
    with suppress(ZeroDivisionError):
        await request_to(app, path=path)
    (span,) = memory.spans()
    assert (span.attributes or {}).get(KEEP_ATTRIBUTE, False) is marked
    (point,) = memory.points(name)
    exemplars = [exemplar.trace_id for exemplar in point.exemplars]
    assert exemplars == ([span.context.trace_id] if marked else [])


async def test_an_answer_names_its_trace(
    memory: InMemoryTelemetry, app: ASGIApp, request_to: RequestTo
) -> None:
    """The W3C header ``traceresponse`` leads from an answer to its trace."""
    start, _ = await request_to(app, path="/pokemon/25")
    (span,) = memory.spans()
    assert (
        format_trace_id(span.context.trace_id).encode() in dict(start["headers"])[b"traceresponse"]
    )


async def test_a_caller_who_asks_for_no_trace_is_traced_all_the_same(
    memory: InMemoryTelemetry, app: ASGIApp, request_to: RequestTo
) -> None:
    """Callers are anybody: what they say of sampling counts neither way."""
    header = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
    await request_to(app, path="/pokemon/25", headers=[(b"traceparent", header)])
    (span,) = memory.spans()
    assert span.context.trace_flags.sampled


async def test_slow_answers_are_logged_once_a_second(
    app: ASGIApp, request_to: RequestTo, caplog: pytest.LogCaptureFixture
) -> None:
    """A slow answer leaves a line with its route; many of them leave few lines."""
    await asyncio.gather(*(request_to(app, path="/pokemon/slow") for _ in range(5)))
    (record,) = [record for record in caplog.records if record.getMessage() == "slow answer"]
    assert vars(record)["endpoint"] == TEMPLATE
