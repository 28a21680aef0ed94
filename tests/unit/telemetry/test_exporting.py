"""What does not reach the collector is counted."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

import pytest
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from telemetry.exporting import (
    AT_A_TIME,
    CountedLogs,
    CountedMetrics,
    CountedSpans,
    LogQueue,
    SpanQueue,
)
from telemetry.in_memory import InMemoryTelemetry
from telemetry.instruments import ExportCounts
from telemetry.logs.otlp import OtlpHandler
from telemetry.meters import Meters
from telemetry.resource import describe
from telemetry.sampling import SLOW_SECONDS, MarkKept, keep
from telemetry.setup import Telemetry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from opentelemetry.sdk._logs import ReadableLogRecord
    from opentelemetry.sdk.trace import ReadableSpan


KEEP_ALL: Final = MarkKept(ALWAYS_ON, share=1, per_second=0)
KEEP_NONE: Final = MarkKept(ALWAYS_ON, share=0, per_second=0)


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
    telemetry = Telemetry.of_sdk(describe({}), KEEP_ALL, Meters.alone(describe({})), spans=[queue])
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
    telemetry = Telemetry.of_sdk(describe({}), KEEP_ALL, Meters.alone(describe({})), spans=[queue])
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


class _Parts(InMemorySpanExporter):
    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.sizes.append(len(spans))
        return super().export(spans)


@pytest.mark.parametrize(("said", "most"), [(None, AT_A_TIME), ("100", 100)])
def test_spans_leave_in_parts(monkeypatch: pytest.MonkeyPatch, said: str | None, most: int) -> None:
    """None takes the interpreter for long, unless the SDK's own variable asks for larger ones."""
    if said is not None:
        monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", said)
    exporter = _Parts()
    queue = SpanQueue(exporter, ExportCounts())
    telemetry = Telemetry.of_sdk(describe({}), KEEP_ALL, Meters.alone(describe({})), spans=[queue])
    for _ in range(500):
        telemetry.tracer("test").start_span("request").end()
    queue.force_flush()
    assert sum(exporter.sizes) == 500
    assert max(exporter.sizes) == most
    telemetry.shutdown()


def test_what_the_collector_would_drop_is_not_sent() -> None:
    """One span that is all there is of an unmarked trace stays here; any sign of more sends it."""
    exporter = InMemorySpanExporter()
    queue = SpanQueue(exporter, ExportCounts())
    telemetry = Telemetry.of_sdk(describe({}), KEEP_NONE, Meters.alone(describe({})), spans=[queue])
    tracer = telemetry.tracer("test")
    for _ in range(3):
        tracer.start_span("unremarkable", kind=SpanKind.SERVER).end()
    failed = tracer.start_span("failed")
    failed.set_status(StatusCode.ERROR)
    failed.end()
    slow = tracer.start_span("slow", start_time=1)
    slow.end(end_time=1 + int(SLOW_SECONDS * 1e9))
    marked = tracer.start_span("marked")
    keep(marked)
    marked.end()
    with tracer.start_as_current_span("parent"):
        tracer.start_span("child").end()
    caller = SpanContext(7, 7, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    tracer.start_span("called", set_span_in_context(NonRecordingSpan(caller))).end()
    queue.force_flush()
    sent = [span.name for span in exporter.get_finished_spans()]
    assert sent == ["failed", "slow", "marked", "child", "parent", "called"]
    telemetry.shutdown()
