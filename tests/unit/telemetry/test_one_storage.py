"""Scrapes and exports read one storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from tests.unit.telemetry.test_workers import KeptExports

from telemetry.meters import Export, Meters
from telemetry.resource import describe
from telemetry.sampling import MarkKept
from telemetry.setup import Telemetry

if TYPE_CHECKING:
    from opentelemetry.metrics import Histogram


def _exporting() -> tuple[Telemetry, KeptExports]:
    exporter, resource = KeptExports(), describe({})
    telemetry = Telemetry.of_sdk(
        resource,
        MarkKept(ALWAYS_ON, share=1, per_second=0),
        Meters.alone(resource, Export(exporter, 3_600_000)),
    )
    return telemetry, exporter


def _record(telemetry: Telemetry, duration: Histogram, seconds: float) -> int:
    with telemetry.tracer("test").start_as_current_span("request") as span:
        duration.record(seconds)
    return span.get_span_context().trace_id


def test_a_scrape_takes_no_exemplar_from_the_export() -> None:
    """Exemplars reach the collector once, whether or not somebody scraped in between."""
    telemetry, exporter = _exporting()
    duration = telemetry.signals.histogram("api_request_duration")
    traces = [_record(telemetry, duration, 0.3)]
    telemetry.render_metrics()
    traces.append(_record(telemetry, duration, 0.002))
    telemetry.render_metrics()
    traces.append(_record(telemetry, duration, 0.7))
    telemetry.shutdown()
    (point,) = exporter.metric("api_request_duration").data.data_points
    assert point.count == 3
    assert sorted(one.trace_id for one in point.exemplars) == sorted(traces)


def test_held_exemplars_are_bounded() -> None:
    """Many scrapes between two exports hold no more exemplars than there are buckets."""
    telemetry, exporter = _exporting()
    duration = telemetry.signals.histogram("api_request_duration")
    for _ in range(60):
        last = _record(telemetry, duration, 0.3)
        telemetry.render_metrics()
    telemetry.shutdown()
    (point,) = exporter.metric("api_request_duration").data.data_points
    assert len(point.exemplars) <= len(point.bucket_counts)
    assert last in {one.trace_id for one in point.exemplars}


def test_a_measurement_is_aggregated_once() -> None:
    """However many look, there is one storage; the SDK would keep one for each reader."""
    telemetry, exporter = _exporting()
    telemetry.signals.counter("capture_rows").add(2)
    assert b"capture_rows_total 2.0" in telemetry.render_metrics()[0]
    telemetry.shutdown()
    (point,) = exporter.metric("capture_rows").data.data_points
    assert point.value == 2
    readers = telemetry.meter_provider._metric_readers  # type: ignore[attr-defined]  # noqa: SLF001  # the SDK tells nowhere else
    assert len(readers) == 1
