"""A server span is made where somebody will see it, and then lacks nothing."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from opentelemetry import trace

from telemetry.http_server import SLOW_KEPT, instrument
from telemetry.in_memory import InMemoryTelemetry
from telemetry.sampling import KEEP_ATTRIBUTE, SLOW_SECONDS, keep

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    import pytest

    from telemetry.http_server import ServerInstrumentation

PATH = "/plain"


async def _ask(
    memory: InMemoryTelemetry, during: Callable[[], object] = lambda: None, status: int = 200
) -> dict[bytes, bytes]:
    """Ask an instrumented application once; give the headers of its answer."""
    return await _ask_of(_served(memory, during, status))


def _served(
    memory: InMemoryTelemetry, during: Callable[[], object] = lambda: None, status: int = 200
) -> ServerInstrumentation:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        during()
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return instrument(app, memory.telemetry, route=lambda _: PATH, plain={PATH})


async def _ask_of(served: ServerInstrumentation) -> dict[bytes, bytes]:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "path": PATH, "headers": [], "scheme": "http"}
    await served(scope, receive, send)
    return dict(sent[0]["headers"])


async def test_an_unmarked_request_that_went_well_leaves_no_span() -> None:
    """It is counted, and its answer names its trace, but no span was made."""
    memory = InMemoryTelemetry.create(share=0)
    headers = await _ask(memory)
    assert headers[b"traceresponse"].endswith(b"-01")
    assert memory.spans() == ()
    assert sum(memory.values("api_requests").values()) == 1


async def test_a_failed_request_has_its_span() -> None:
    """The same trace and span as its answer names, described like any other."""
    memory = InMemoryTelemetry.create(share=0)
    headers = await _ask(memory, status=500)
    (span,) = memory.spans()
    _, trace_id, span_id, _ = headers[b"traceresponse"].decode().split("-")
    assert span.context is not None
    assert (f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}") == (trace_id, span_id)
    assert span.name == f"POST {PATH}"
    assert span.kind is trace.SpanKind.SERVER
    assert not span.status.is_ok
    attributes = dict(span.attributes or {})
    assert attributes["http.route"] == PATH
    assert attributes["http.response.status_code"] == 500
    assert attributes[KEEP_ATTRIBUTE] is True


async def test_a_slow_request_has_its_span(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the moment it began, not from when it turned out slow."""
    monkeypatch.setattr("telemetry.http_server.SLOW_SECONDS", 0.0)
    memory = InMemoryTelemetry.create(share=0)
    await _ask(memory)
    (span,) = memory.spans()
    assert (span.attributes or {})[KEEP_ATTRIBUTE] is True
    assert span.end_time is not None
    assert span.start_time is not None
    assert 0 <= span.end_time - span.start_time < SLOW_SECONDS * 1e9


async def test_of_many_slow_requests_some_a_second_have_their_spans(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When everything is slow, to tell it of each would make it slower; each failure is told."""
    monkeypatch.setattr("telemetry.http_server.SLOW_SECONDS", 0.0)
    memory = InMemoryTelemetry.create(share=0)
    served = _served(memory)
    began = time.monotonic()
    for _ in range(3 * SLOW_KEPT):
        await _ask_of(served)
    seconds = math.ceil(time.monotonic() - began) + 1
    assert SLOW_KEPT <= len(memory.spans()) <= seconds * SLOW_KEPT
    assert sum(memory.values("api_requests").values()) == 3 * SLOW_KEPT
    failing = _served(memory, status=500)
    for _ in range(3 * SLOW_KEPT):
        await _ask_of(failing)
    assert sum(not span.status.is_ok for span in memory.spans()) == 3 * SLOW_KEPT


async def test_what_is_recorded_makes_it_real() -> None:
    """An exception that a handler records is not lost, though the request went well."""
    memory = InMemoryTelemetry.create(share=0)
    await _ask(memory, lambda: trace.get_current_span().record_exception(ValueError("odd")))
    (span,) = memory.spans()
    assert [event.name for event in span.events] == ["exception"]


async def test_a_span_beneath_belongs_to_it() -> None:
    """What is made beneath a latent span names it as its parent; kept, both are there."""
    memory = InMemoryTelemetry.create(share=0)

    def work() -> None:
        keep(trace.get_current_span())
        memory.telemetry.tracer("test").start_span("beneath").end()

    await _ask(memory, work)
    beneath, server = memory.spans()
    assert beneath.parent is not None
    assert server.context is not None
    assert beneath.parent.span_id == server.context.span_id


async def test_a_marked_request_is_real_from_the_start() -> None:
    """With a share of one every request has its span."""
    memory = InMemoryTelemetry.create(share=1)
    await _ask(memory)
    (span,) = memory.spans()
    assert (span.attributes or {})["http.route"] == PATH
