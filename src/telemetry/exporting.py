"""Exporters and queues that count what does not reach the collector.

The SDK drops what its queue has no room for, and gives up what the collector does not take; both
are said in its log alone.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from opentelemetry.sdk._logs.export import (
    BatchLogRecordProcessor,
    LogRecordExporter,
    LogRecordExportResult,
)
from opentelemetry.sdk.environment_variables import (
    OTEL_BLRP_MAX_EXPORT_BATCH_SIZE,
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
)
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from telemetry.instruments.export import LOGS, METRICS, TRACES
from telemetry.sampling import is_unremarkable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from opentelemetry.sdk._logs import ReadableLogRecord, ReadWriteLogRecord
    from opentelemetry.sdk.metrics.export import MetricsData
    from opentelemetry.sdk.trace import ReadableSpan

    from telemetry.instruments.export import ExportCounts

MOST_BEGUN: Final = 10_000
"""Traces under way that are remembered; of one that is forgotten the first span may be left out."""
AT_A_TIME: Final = 64
"""Spans or log records that are exported together. To encode the SDK's 512 holds the interpreter,
and with it every answer, for 20 ms."""


class CountedSpans(SpanExporter):
    """Hands spans to another exporter and counts how it went."""

    def __init__(self, inner: SpanExporter, counts: ExportCounts) -> None:
        self._inner = inner
        self._counts = counts

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export a batch."""
        with self._counts.export(TRACES, len(spans)) as attempt:
            result = self._inner.export(spans)
            attempt.succeeded = result is SpanExportResult.SUCCESS
        return result

    def shutdown(self) -> None:
        """Shut the exporter down."""
        self._inner.shutdown()


class CountedLogs(LogRecordExporter):
    """Hands log records to another exporter and counts how it went."""

    def __init__(self, inner: LogRecordExporter, counts: ExportCounts) -> None:
        self._inner = inner
        self._counts = counts

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        """Export a batch."""
        with self._counts.export(LOGS, len(batch)) as attempt:
            result = self._inner.export(batch)
            attempt.succeeded = result is LogRecordExportResult.SUCCESS
        return result

    def shutdown(self) -> None:
        """Shut the exporter down."""
        self._inner.shutdown()  # type: ignore[no-untyped-call]  # untyped in the SDK

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Do nothing: nothing is held back."""
        del timeout_millis
        return True


class CountedMetrics(MetricExporter):
    """Hands metrics to another exporter and counts how it went."""

    def __init__(self, inner: MetricExporter, counts: ExportCounts) -> None:
        super().__init__()
        self._inner = inner
        self._counts = counts

    def export(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any
    ) -> MetricExportResult:
        """Export what was collected."""
        with self._counts.export(METRICS, _points(metrics_data)) as attempt:
            result = self._inner.export(metrics_data, timeout_millis, **kwargs)
            attempt.succeeded = result is MetricExportResult.SUCCESS
        return result

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Have the exporter send what it holds back."""
        return self._inner.force_flush(timeout_millis)

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Shut the exporter down."""
        self._inner.shutdown(timeout_millis, **kwargs)


def _points(collected: MetricsData) -> int:
    return sum(
        len(metric.data.data_points)
        for resource in collected.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    )


def _at_a_time(variable: str) -> int | None:
    """Leave to the SDK how many items are exported together where its variable says it."""
    return None if variable in os.environ else AT_A_TIME


class SpanQueue(BatchSpanProcessor):
    """The SDK's queue of spans, which counts those that it has no room for.

    A trace of one span that the collector would drop is left out: to encode it takes longer than
    to answer the request.
    """

    def __init__(self, exporter: SpanExporter, counts: ExportCounts) -> None:
        super().__init__(exporter, max_export_batch_size=_at_a_time(OTEL_BSP_MAX_EXPORT_BATCH_SIZE))
        self._counts = counts
        self._begun: OrderedDict[int, None] = OrderedDict()
        """Ids of traces of which a span below the first was queued, the oldest first."""

    def on_end(self, span: ReadableSpan) -> None:
        """Queue a span; when the queue is full its oldest goes."""
        context = span.get_span_context()
        trace_id = context.trace_id if context else 0
        if span.parent is not None and not span.parent.is_remote:
            self._begun[trace_id] = None
            if len(self._begun) > MOST_BEGUN:
                with suppress(KeyError):  # another thread may have taken the last
                    self._begun.popitem(last=False)
        elif self._begun.pop(trace_id, self) is self and is_unremarkable(span):
            return
        self._counts.queued(TRACES, self._batch_processor)
        super().on_end(span)


class LogQueue(BatchLogRecordProcessor):
    """The SDK's queue of log records, which counts those that it has no room for."""

    def __init__(self, exporter: LogRecordExporter, counts: ExportCounts) -> None:
        super().__init__(
            exporter, max_export_batch_size=_at_a_time(OTEL_BLRP_MAX_EXPORT_BATCH_SIZE)
        )
        self._counts = counts

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Queue a record; when the queue is full its oldest goes."""
        self._counts.queued(LOGS, self._batch_processor)
        super().on_emit(log_record)
