"""A bound series is the one that the SDK's own way through an instrument writes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from opentelemetry.sdk.metrics.export import HistogramDataPoint, NumberDataPoint
from opentelemetry.trace import use_span

from telemetry.bound import Bound, kept_context
from telemetry.in_memory import InMemoryTelemetry
from telemetry.meters import Meters, Shared
from telemetry.resource import describe
from telemetry.setup import Telemetry

if TYPE_CHECKING:
    from pathlib import Path

LABELS = {"endpoint": "/a", "method": "GET", "status": "200"}


def test_both_ways_end_in_one_series(memory: InMemoryTelemetry) -> None:
    """What is recorded bound and unbound adds up."""
    counter = memory.telemetry.signals.counter("api_requests")
    histogram = memory.telemetry.signals.histogram("api_request_duration")
    Bound(counter, LABELS).record(2)
    counter.add(3, LABELS)
    Bound(histogram, LABELS).record(0.02)
    histogram.record(0.3, LABELS)
    (total,) = memory.points("api_requests")
    assert isinstance(total, NumberDataPoint)
    assert total.value == 5
    (both,) = memory.points("api_request_duration")
    assert isinstance(both, HistogramDataPoint)
    assert (both.count, both.sum) == (2, pytest.approx(0.32))
    assert (both.min, both.max) == (0.02, 0.3)


@pytest.mark.parametrize("bound", [True, False])
def test_both_ways_leave_the_same_exemplar(*, bound: bool) -> None:
    """Of a kept trace both leave value and trace, of one that is not kept neither does."""
    for share in (1.0, 0.0):
        memory = InMemoryTelemetry.create(share=share)
        histogram = memory.telemetry.signals.histogram("api_request_duration")
        span = memory.telemetry.tracer("test").start_span("request")
        with use_span(span):
            if bound:
                Bound(histogram, LABELS).record(0.02, kept_context())
            else:
                histogram.record(0.02, LABELS)
        (point,) = memory.points("api_request_duration")
        assert isinstance(point, HistogramDataPoint)
        expected = [(0.02, span.get_span_context().trace_id)] if share else []
        assert [(one.value, one.trace_id) for one in point.exemplars] == expected


def test_a_view_bounds_it_too(memory: InMemoryTelemetry) -> None:
    """An attribute that the view does not allow becomes no label."""
    histogram = memory.telemetry.signals.histogram("http.server.request.duration")
    Bound(histogram, {"http.route": "/a", "client.address": "192.0.2.1"}).record(0.1)
    (point,) = memory.points("http.server.request.duration")
    assert point.attributes == {"http.route": "/a"}


def test_a_worker_writes_it_to_its_ledger(tmp_path: Path) -> None:
    """Bound series count where several processes are one service."""
    shared = Shared(tmp_path, "worker-0", started_at=1, exports=False)
    meters = Meters.shared(describe({}), shared, None)
    counter = meters.provider.get_meter("dexwatch").create_counter("api_requests")
    Bound(counter, LABELS).record(4)
    assert b'api_requests_total{endpoint="/a",method="GET",status="200"} 4.0' in meters.render()[0]


def test_disabled_telemetry_takes_it_and_does_nothing() -> None:
    """Without the SDK there is no series, and no error."""
    telemetry = Telemetry.disabled(describe({}))
    Bound(telemetry.signals.counter("api_requests"), LABELS).record(1)
    assert telemetry.render_metrics()[0] == b""
