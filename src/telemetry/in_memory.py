"""Telemetry that stays in memory, for tests to assert on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics.export import (
    HistogramDataPoint,
    InMemoryMetricReader,
    MetricsData,
    NumberDataPoint,
)
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from telemetry.conventions import use_stable_conventions
from telemetry.meters import Meters
from telemetry.resource import describe
from telemetry.sampling import MarkKept
from telemetry.setup import Telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.sdk._logs import ReadableLogRecord
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.sampling import Sampler


@dataclass(frozen=True, slots=True)
class InMemoryTelemetry:
    """A :class:`Telemetry` and what came through it."""

    telemetry: Telemetry
    _spans: InMemorySpanExporter
    _reader: InMemoryMetricReader
    _logs: InMemoryLogRecordExporter

    @classmethod
    def create(
        cls,
        sampler: Sampler = ALWAYS_ON,
        *,
        share: float = 1.0,
        per_second: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> Self:
        """Set up telemetry whose spans, metrics and logs are kept.

        ``share``, ``per_second`` and its clock say which traces are marked to be kept by the
        collector.
        """
        use_stable_conventions()
        spans, reader, logs = (
            InMemorySpanExporter(),
            InMemoryMetricReader(),
            InMemoryLogRecordExporter(),  # type: ignore[no-untyped-call]  # untyped in the SDK
        )
        resource = describe({})
        telemetry = Telemetry.of_sdk(
            resource,
            MarkKept(sampler, share=share, per_second=per_second, clock=clock),
            Meters.alone(resource, readers=[reader]),
            spans=[SimpleSpanProcessor(spans)],
            log_records=[SimpleLogRecordProcessor(logs)],
        )
        return cls(telemetry, spans, reader, logs)

    def spans(self) -> Sequence[ReadableSpan]:
        """Give the spans that have ended, in that order."""
        return self._spans.get_finished_spans()

    def logs(self) -> Sequence[ReadableLogRecord]:
        """Give the log records."""
        return self._logs.get_finished_logs()

    def collect(self) -> MetricsData:
        """Give every series as it is now."""
        return self._reader.get_metrics_data() or MetricsData([])

    def points(self, name: str) -> Sequence[NumberDataPoint | HistogramDataPoint]:
        """Give the series of an instrument as they are now; none where it has recorded nothing.

        Exemplars are those since the last look at any instrument.
        """
        return [
            point
            for resource in self.collect().resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
            if isinstance(point, NumberDataPoint | HistogramDataPoint)
        ]

    def values(self, name: str) -> dict[tuple[str, ...], float]:
        """Give an instrument's values by label values, in the order of the schema or the recorder.

        For a histogram the value is how often it was recorded.
        """
        return {
            tuple(str(value) for value in (point.attributes or {}).values()): (
                point.value if isinstance(point, NumberDataPoint) else point.count
            )
            for point in self.points(name)
        }
