"""Telemetry as one object."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from time import monotonic, sleep
from typing import TYPE_CHECKING
from uuid import UUID

from opentelemetry import trace
from tests.waiting import ALLOWANCE_SECONDS, wait_for

from cli.observed import observed, traced
from config.settings import Settings
from telemetry.closing import Closing
from telemetry.http_server import instrument
from telemetry.in_memory import InMemoryTelemetry
from telemetry.instruments import HttpInstruments
from telemetry.setup import start
from telemetry.trace_ids import current_span_id, current_trace_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    import pytest
    from prometheus_client import Metric

    from telemetry.http_request import Message, Receive, Scope, Send

    RequestTo = Callable[..., Awaitable[list[Message]]]


def test_the_resource_says_who_speaks() -> None:
    """Name, version, instance and environment are known without any variable."""
    one, two = start({}), start({})
    attributes = one.resource.attributes
    assert attributes["service.name"] == "dexwatch"
    assert attributes["service.version"] == version("dexwatch")
    assert attributes["deployment.environment.name"] == "local"
    assert attributes["service.instance.id"] != two.resource.attributes["service.instance.id"]
    assert one.shutdown()
    assert two.shutdown()


def test_the_resource_can_be_declared() -> None:
    """The standard variables name the service and add attributes."""
    telemetry = start(
        {
            "OTEL_SERVICE_NAME": "dexwatch-worker",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=production,team=red",
        }
    )
    attributes = telemetry.resource.attributes
    assert attributes["service.name"] == "dexwatch-worker"
    assert attributes["deployment.environment.name"] == "production"
    assert attributes["team"] == "red"
    telemetry.shutdown()


def test_a_command_is_an_instance_beside_the_declared_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The counters of a command that a worker starts are not the worker's own, set back to zero."""
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=worker-0,team=red")
    with traced(Settings(), "model sync") as command, observed(Settings()) as worker:
        told = [one.resource.attributes for one in (command, worker)]
    assert [one["service.instance.id"] for one in told] == ["worker-0-model-sync", "worker-0"]
    assert [one["team"] for one in told] == ["red", "red"]


def test_a_command_without_a_declared_instance_is_one_by_itself() -> None:
    """Nothing names the process it runs beside, so each run has an id that no other has."""
    one, two = start({}, command="model sync"), start({}, command="model sync")
    ids = {str(each.resource.attributes["service.instance.id"]) for each in (one, two)}
    assert len({str(UUID(found)) for found in ids}) == 2
    assert one.shutdown()
    assert two.shutdown()


def test_the_guides_lines_come_out_as_printed() -> None:
    """Five requests give HELP, TYPE and sample exactly, in that order and nothing between."""
    telemetry = start({})
    http = HttpInstruments.create(telemetry.signals)
    for _ in range(5):
        http.finished("/docs", "GET", 200, 0.001)
    body, media_type = telemetry.render_metrics()
    assert (
        "# HELP api_requests_total Total API requests\n"
        "# TYPE api_requests_total counter\n"
        'api_requests_total{endpoint="/docs",method="GET",status="200"} 5.0\n'
    ) in body.decode()
    assert media_type == "text/plain; version=0.0.4"
    telemetry.shutdown()


def test_two_telemetries_do_not_mix() -> None:
    """What one is told the other does not show."""
    one, two = InMemoryTelemetry.create(), InMemoryTelemetry.create()
    HttpInstruments.create(one.telemetry.signals).finished("/a", "GET", 200, 0.1)
    HttpInstruments.create(two.telemetry.signals).finished("/b", "GET", 200, 0.1)
    with one.telemetry.tracer("test").start_as_current_span("only here"):
        pass
    assert '"/b"' not in one.telemetry.render_metrics()[0].decode()
    assert [span.name for span in one.spans()] == ["only here"]
    assert not two.spans()


class Overlap:
    """A collector that notes how many scrapes are under way at once."""

    def __init__(self) -> None:
        self.under_way = 0
        self.most = 0

    def collect(self) -> Iterator[Metric]:
        """Take a while, and give nothing."""
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        sleep(0.01)
        self.under_way -= 1
        yield from ()


def test_scrapes_come_one_after_the_other() -> None:
    """The SDK's reader hands one scrape the other's samples, so no two of them overlap."""
    telemetry, overlap = start({}), Overlap()
    telemetry._meters._registry.register(overlap)  # noqa: SLF001  # the only place to watch a scrape from
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: telemetry.render_metrics(), range(8)))
    assert overlap.most == 1
    telemetry.shutdown()


async def test_a_disabled_sdk_records_nothing_and_answers(request_to: RequestTo) -> None:
    """With OTEL_SDK_DISABLED requests are served and /metrics is empty but there."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    telemetry = start({"OTEL_SDK_DISABLED": "true"})
    sent = await request_to(instrument(app, telemetry, route=lambda _: "/"))
    assert sent[0]["status"] == 204
    assert telemetry.render_metrics()[0] == b""
    assert telemetry.shutdown()


def test_ids_are_those_of_the_span_under_way(memory: InMemoryTelemetry) -> None:
    """Trace and span id are the span's in hexadecimal, and nothing outside of a span."""
    assert current_trace_id() is None
    assert current_span_id() is None
    with memory.telemetry.tracer("test").start_as_current_span("work") as span:
        context = span.get_span_context()
        assert current_trace_id() == trace.format_trace_id(context.trace_id)
        assert current_span_id() == trace.format_span_id(context.span_id)


def test_shutdown_may_be_called_twice() -> None:
    """The second call finds everything stopped and complains about nothing."""
    telemetry = start({})
    assert telemetry.shutdown()
    assert telemetry.shutdown()


def test_closing_is_bounded_and_starts_each_step_once() -> None:
    """A step that hangs costs the timeout, keeps no other from closing, and is not run again."""
    release, calls = threading.Event(), []

    def hang() -> None:
        calls.append("hang")
        release.wait(30)

    closing = Closing((hang, lambda: calls.append("quick")))
    began = monotonic()
    assert not closing.close(0.2)
    assert monotonic() - began < 0.2 + ALLOWANCE_SECONDS
    wait_for(lambda: sorted(calls) == ["hang", "quick"])
    release.set()
    assert closing.close(5)
    assert len(calls) == 2


def test_a_failing_step_is_logged_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """An exception while closing reaches the log, not the caller."""

    def fail() -> None:
        raise RuntimeError("no")

    closed: list[str] = []
    assert Closing((fail, lambda: closed.append("other"))).close(5)
    assert closed == ["other"]
    assert "did not shut down cleanly" in caplog.text
