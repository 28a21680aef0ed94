"""What does not reach the collector is counted."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import pytest
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from telemetry.exporting import CountedLogs, CountedMetrics, CountedSpans, LogQueue, SpanQueue
from telemetry.in_memory import InMemoryTelemetry
from telemetry.instruments import ExportCounts
from telemetry.logs.otlp import OtlpHandler
from telemetry.meters import Meters
from telemetry.resource import describe
from telemetry.setup import Telemetry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from opentelemetry.sdk._logs import ReadableLogRecord
    from opentelemetry.sdk.trace import ReadableSpan


class _Refusing(SpanExporter):
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        del spans
        return SpanExportResult.FAILURE


class _Raising(SpanExporter):
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        del spans
        raise OSError


class _RefusingLogs(InMemoryLogRecordExporter):
    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        del batch
        return LogRecordExportResult.FAILURE


class _RefusingMetrics(MetricExporter):
    def export(self, *_: Any, **__: Any) -> MetricExportResult:
        return MetricExportResult.FAILURE

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        del timeout_millis
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        del timeout_millis, kwargs


class _Held(SpanExporter):
    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        del spans
        self.entered.set()
        assert self.opened.wait(10)
        return SpanExportResult.SUCCESS


def _counts(counts: ExportCounts, name: str) -> dict[tuple[str, ...], float]:
    memory = InMemoryTelemetry.create()
    counts.observe_by(memory.telemetry.signals)
    return {key: value for key, value in memory.values(name).items() if value}


@pytest.mark.parametrize("exporter", [_Refusing(), _Raising()])
def test_spans_that_the_collector_refuses_are_counted(exporter: SpanExporter) -> None:
    """A batch that is refused, or breaks the exporter, is a failed export and lost spans."""
    counts = ExportCounts()
    queue = SpanQueue(CountedSpans(exporter, counts), counts)
    telemetry = Telemetry.of_sdk(describe({}), ALWAYS_ON, Meters.alone(describe({})), spans=[queue])
    for _ in range(3):
        telemetry.tracer("test").start_span("request").end()
    queue.force_flush()
    assert _counts(counts, "telemetry_exports") == {("traces", "failed"): 1}
    assert _counts(counts, "telemetry_lost") == {("traces", "export_failed"): 3}
    telemetry.shutdown()


def test_logs_and_points_that_the_collector_refuses_are_counted() -> None:
    """Log records and points of metrics are counted like spans."""
    counts = ExportCounts()
    queue = LogQueue(CountedLogs(_RefusingLogs(), counts), counts)
    telemetry = Telemetry.of_sdk(
        describe({}), ALWAYS_ON, Meters.alone(describe({})), log_records=[queue]
    )
    OtlpHandler(telemetry.logger_provider).emit(
        logging.LogRecord("test", logging.INFO, "", 0, "lost", None, None)
    )
    queue.force_flush()
    memory = InMemoryTelemetry.create()
    memory.telemetry.signals.counter("capture_rows").add(1)
    collected = memory.collect()
    CountedMetrics(_RefusingMetrics(), counts).export(collected)
    assert _counts(counts, "telemetry_lost") == {
        ("logs", "export_failed"): 1,
        ("metrics", "export_failed"): 1,
    }
    telemetry.shutdown()


def test_a_full_queue_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the collector is slow, every span beyond the queue's room is counted as lost."""
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "4")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
    counts, exporter = ExportCounts(), _Held()
    queue = SpanQueue(CountedSpans(exporter, counts), counts)
    telemetry = Telemetry.of_sdk(describe({}), ALWAYS_ON, Meters.alone(describe({})), spans=[queue])
    telemetry.tracer("test").start_span("request").end()
    assert exporter.entered.wait(10)
    for _ in range(19):
        telemetry.tracer("test").start_span("request").end()
    lost = _counts(counts, "telemetry_lost")["traces", "queue_full"]
    exporter.opened.set()
    queue.force_flush()
    exported = _counts(counts, "telemetry_exports")["traces", "succeeded"]
    assert (lost, exported) == (15, 5)  # one was with the exporter, four in the queue
    telemetry.shutdown()
