"""What reaches a collector, and what happens without one."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import re
import subprocess
import sys
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import pytest
from tests import patient
from tests.waiting import ALLOWANCE_SECONDS

from telemetry.instruments import ModelInstruments
from telemetry.logs import configure_logging
from telemetry.setup import start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractAsyncContextManager

    import httpx
    from tests.otlp_receiver import OtlpReceiver

    from telemetry.setup import Telemetry

    Served = Callable[[Telemetry], AbstractAsyncContextManager[str]]


def _attributes(pairs: Iterable[Any]) -> dict[str, str]:
    return {pair.key: pair.value.string_value for pair in pairs}


async def test_spans_metrics_and_logs_arrive(served: Served, sink: OtlpReceiver) -> None:
    """A request's span, its log line and its metrics arrive with one resource and one trace id."""
    telemetry = start(
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT": sink.url,
            "OTEL_SERVICE_NAME": "dexwatch-test",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
        }
    )
    restore = configure_logging("INFO", telemetry, stream=io.StringIO())
    async with served(telemetry) as url, patient.async_client(base_url=url) as client:
        await client.get("/docs")
    assert await asyncio.to_thread(telemetry.shutdown, 5)
    restore()

    resource_spans = [r for sent in sink.received["traces"] for r in sent.resource_spans]
    resource_metrics = [r for sent in sink.received["metrics"] for r in sent.resource_metrics]
    resource_logs = [r for sent in sink.received["logs"] for r in sent.resource_logs]
    resources = [
        _attributes(part.resource.attributes)
        for part in (*resource_spans, *resource_metrics, *resource_logs)
    ]
    assert len(resources) >= 3
    assert all(resource == resources[0] for resource in resources)
    assert resources[0]["service.name"] == "dexwatch-test"
    assert resources[0]["deployment.environment.name"] == "test"
    assert resources[0]["service.instance.id"]
    assert resources[0]["service.version"]

    (span,) = (s for part in resource_spans for scope in part.scope_spans for s in scope.spans)
    assert span.name == "GET /docs"
    assert _attributes(span.attributes)["http.route"] == "/docs"

    logs = [log for part in resource_logs for scope in part.scope_logs for log in scope.log_records]
    (line,) = (log for log in logs if log.body.string_value == "docs read")
    assert line.trace_id == span.trace_id
    assert line.span_id == span.span_id

    metrics = {
        metric.name: metric
        for part in resource_metrics
        for scope in part.scope_metrics
        for metric in scope.metrics
    }
    assert metrics["api_requests"].sum.is_monotonic
    assert metrics["api_requests"].unit == ""
    (point,) = metrics["api_request_duration"].histogram.data_points
    assert [exemplar.trace_id for exemplar in point.exemplars] == [span.trace_id]
    assert "http.server.request.duration" in metrics


def test_metrics_leave_at_the_interval_that_was_asked_for(sink: OtlpReceiver) -> None:
    """OTEL_METRIC_EXPORT_INTERVAL, in milliseconds, is honoured while the service runs."""
    telemetry = start(
        {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.url, "OTEL_METRIC_EXPORT_INTERVAL": "50"}
    )
    ModelInstruments.create(telemetry.signals).predicted("v1", 0.001, 0.9)
    deadline = monotonic() + 10
    while len(sink.received["metrics"]) < 3 and monotonic() < deadline:
        sleep(0.02)
    assert len(sink.received["metrics"]) >= 3
    telemetry.shutdown()


def test_every_reader_sees_the_same_confidence(sink: OtlpReceiver) -> None:
    """The pushed gauge and the scraped one are equal, and looking does not change them."""
    telemetry = start(
        {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.url, "OTEL_METRIC_EXPORT_INTERVAL": "50"}
    )
    model = ModelInstruments.create(telemetry.signals)
    model.predicted("v1", 0.001, 0.9)
    model.predicted("v1", 0.001, 0.3)
    scraped = [telemetry.render_metrics()[0] for _ in range(3)]
    assert telemetry.shutdown(5)
    assert all(b'model_confidence_score{model_version="v1"} 0.8\n' in body for body in scraped)
    pushed = {
        point.as_double
        for sent in sink.received["metrics"]
        for part in sent.resource_metrics
        for scope in part.scope_metrics
        for metric in scope.metrics
        if metric.name == "model_confidence_score"
        for point in metric.gauge.data_points
    }
    assert pushed == {0.8}


@pytest.mark.parametrize("collector", ["silent_collector", "absent_collector"])
async def test_a_dead_collector_harms_no_request_and_holds_no_shutdown(
    served: Served, collector: str, request: pytest.FixtureRequest
) -> None:
    """Requests are answered as ever, and shutdown takes at most two seconds, twice called too."""
    telemetry = start(
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT": request.getfixturevalue(collector),
            "OTEL_METRIC_EXPORT_INTERVAL": "50",
        }
    )
    stream = io.StringIO()
    restore = configure_logging("INFO", telemetry, stream=stream)
    async with served(telemetry) as url, patient.async_client(base_url=url) as client:
        slowest = 0.0
        for _ in range(100):
            began = monotonic()
            assert (await client.get("/docs")).status_code == 200
            slowest = max(slowest, monotonic() - began)
    assert slowest < ALLOWANCE_SECONDS
    began = monotonic()
    await asyncio.to_thread(telemetry.shutdown)
    await asyncio.to_thread(telemetry.shutdown, 0.1)
    assert monotonic() - began < 2.1 + ALLOWANCE_SECONDS
    restore()
    about_export = [line for line in stream.getvalue().splitlines() if '"opentelemetry.' in line]
    assert len(about_export) < 12


@pytest.mark.parametrize(
    ("status", "body", "delay"),
    [
        (200, b"this is no protobuf", 0.0),
        (200, b"", 3 * ALLOWANCE_SECONDS),
        (400, b"<html>no</html>", 0.0),
        (429, b"", 0.0),
        (503, b"\x00" * 1_000_000, 0.0),
        (302, b"", 0.0),
    ],
    ids=["nonsense", "slow", "refusing", "throttling", "unavailable", "redirecting"],
)
async def test_a_lying_collector_harms_no_request(
    served: Served, sink: OtlpReceiver, status: int, body: bytes, delay: float
) -> None:
    """Whatever a collector answers, requests are answered as ever, and failures are counted."""
    sink.status, sink.body, sink.delay = status, body, delay
    telemetry = start(
        {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.url, "OTEL_METRIC_EXPORT_INTERVAL": "50"}
    )
    async with served(telemetry) as url, patient.async_client(base_url=url) as client:
        slowest = 0.0
        for _ in range(100):
            began = monotonic()
            assert (await client.get("/docs")).status_code == 200
            slowest = max(slowest, monotonic() - began)
        if status >= 400:  # the SDK takes a redirection for a success
            await _failure_shows(client)
    assert slowest < ALLOWANCE_SECONDS
    began = monotonic()
    await asyncio.to_thread(telemetry.shutdown)
    assert monotonic() - began < 2.1 + ALLOWANCE_SECONDS


async def _failure_shows(client: httpx.AsyncClient) -> None:
    failed = re.compile(r'^telemetry_exports_total\{outcome="failed",.*\} [1-9]', re.MULTILINE)
    async with asyncio.timeout(15):
        while not failed.search((await client.get("/metrics")).text):  # noqa: ASYNC110  # in a library
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("last_line", "said"),
    [("telemetry.shutdown(1)", "not everything could be exported within 1 s"), ("pass", "line")],
    ids=["shut-down", "not-shut-down"],
)
def test_a_process_with_a_dead_collector_ends(
    silent_collector: str, last_line: str, said: str
) -> None:
    """Neither threads nor exit handlers of the SDK keep a process, however it ends."""
    program = (
        "import os, logging, time\n"
        "from telemetry.setup import start\n"
        "from telemetry.logs import configure_logging\n"
        "print(time.monotonic())\n"
        "telemetry = start(os.environ)\n"
        "configure_logging('INFO', telemetry)\n"
        "with telemetry.tracer('t').start_as_current_span('s'):\n"
        "    logging.getLogger('t').info('line')\n"
        f"{last_line}\n"
    )
    ended = subprocess.run(  # our own program
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": silent_collector},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    began, _, rest = ended.stdout.partition("\n")
    assert monotonic() - float(began) < 5 + ALLOWANCE_SECONDS
    assert said in rest
    assert ended.stderr == ""


def test_without_an_endpoint_nothing_is_connected_to(sink: OtlpReceiver) -> None:
    """Telemetry without an endpoint starts no exporter and sends nothing anywhere."""
    telemetry = start({})
    with telemetry.tracer("t").start_as_current_span("s"):
        logging.getLogger("t").info("line")
    assert not telemetry.exports_logs
    assert telemetry.shutdown()
    assert not any(sink.received.values())
