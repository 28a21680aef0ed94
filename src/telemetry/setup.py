"""Traces, metrics and logs of one process, set up once and closed once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from opentelemetry import _logs, metrics, trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.trace import TracerProvider

from config.settings import TraceSettings
from telemetry.closing import Closing
from telemetry.conventions import use_stable_conventions
from telemetry.environment import OtelEnvironment, read
from telemetry.exporting import (
    CountedLogs,
    CountedMetrics,
    CountedSpans,
    LogQueue,
    SpanQueue,
)
from telemetry.instruments.export import ExportCounts
from telemetry.meters import Export, Meters, Shared
from telemetry.process import observe_process
from telemetry.resource import SERVICE, describe
from telemetry.sampling import MarkKept
from telemetry.signals import SignalMeter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.sdk._logs import LogRecordProcessor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.sdk.trace.sampling import Sampler

logger = logging.getLogger(__name__)

_KEPT: Final = TraceSettings()

SHUTDOWN_SECONDS: Final = 2.0
"""What a stopping service may spend on a collector that does not answer; the SDK would take 30."""


FLUSH_MILLISECONDS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The three providers with their one resource; none is global, so several may coexist."""

    resource: Resource
    tracer_provider: trace.TracerProvider
    meter_provider: metrics.MeterProvider
    logger_provider: _logs.LoggerProvider
    signals: SignalMeter
    """Creates our own instruments; each class of ``telemetry.instruments`` takes it."""
    exports_logs: bool
    _meters: Meters
    _closing: Closing

    @classmethod
    def of_sdk(
        cls,
        resource: Resource,
        sampler: Sampler,
        meters: Meters,
        *,
        spans: Sequence[SpanProcessor] = (),
        log_records: Sequence[LogRecordProcessor] = (),
    ) -> Self:
        """Put the providers together."""
        tracers = TracerProvider(
            sampler, resource, shutdown_on_exit=False, meter_provider=meters.provider
        )
        for processor in spans:
            tracers.add_span_processor(processor)
        loggers = LoggerProvider(resource, shutdown_on_exit=False, meter_provider=meters.provider)
        for record_processor in log_records:
            loggers.add_log_record_processor(record_processor)
        return cls(
            resource=resource,
            tracer_provider=tracers,
            meter_provider=meters.provider,
            logger_provider=loggers,
            signals=SignalMeter(meters.provider.get_meter(SERVICE)),
            exports_logs=bool(log_records),
            _meters=meters,
            _closing=Closing((tracers.shutdown, *meters.closing, loggers.shutdown)),
        )

    @classmethod
    def disabled(cls, resource: Resource) -> Self:
        """Put providers together that do nothing."""
        meters = Meters(metrics.NoOpMeterProvider())
        return cls(
            resource=resource,
            tracer_provider=trace.NoOpTracerProvider(),
            meter_provider=meters.provider,
            logger_provider=_logs.NoOpLoggerProvider(),
            signals=SignalMeter(meters.provider.get_meter(SERVICE)),
            exports_logs=False,
            _meters=meters,
            _closing=Closing(()),
        )

    def tracer(self, name: str) -> trace.Tracer:
        """Give a tracer for one part of the service."""
        return self.tracer_provider.get_tracer(name)

    def send_spans(self) -> None:
        """Export the spans that have ended, for a process that may be ended at any moment."""
        if isinstance(self.tracer_provider, TracerProvider):
            self.tracer_provider.force_flush(FLUSH_MILLISECONDS)

    def render_metrics(self) -> tuple[bytes, str]:
        """Give what ``/metrics`` answers: the body in Prometheus' text format and its media type.

        Takes a millisecond or so and may be called from any thread.
        """
        return self._meters.render()

    def shutdown(self, timeout: float = SHUTDOWN_SECONDS) -> bool:
        """Export what is left and stop, within ``timeout`` seconds; blocks, may be called again.

        Returns:
            Whether everything stopped in time. What a collector did not take is lost.

        """
        finished = self._closing.close(timeout)
        if not finished:
            logger.warning("telemetry: not everything could be exported within %g s", timeout)
        return finished


def start(
    variables: Mapping[str, str],
    kept: TraceSettings = _KEPT,
    shared: Shared | None = None,
    command: str = "",
) -> Telemetry:
    """Set telemetry up as the ``OTEL_*`` ones among ``variables`` ask.

    Without an endpoint nothing leaves the process, and ``/metrics`` still answers. The SDK
    itself reads further variables from the process' environment.

    Args:
        variables: of the environment.
        kept: which traces are kept beside the slow and the failed ones.
        shared: the process' place, where several are one service.
        command: its name, if the process is one that may run beside the service.

    Raises:
        OSError: the ledger of a shared service cannot be used.

    """
    use_stable_conventions()
    asked = read(variables)
    resource = describe(asked.resource_attributes, command)
    if asked.disabled:
        return Telemetry.disabled(resource)
    counts = ExportCounts()
    telemetry = Telemetry.of_sdk(
        resource,
        MarkKept(asked.sampler, share=kept.share, per_second=kept.per_second),
        _meters(resource, _metric_export(asked, counts), shared),
        spans=_span_processors(asked, counts),
        log_records=_log_processors(asked, counts),
    )
    counts.observe_by(telemetry.signals)
    observe_process(telemetry.signals)
    return telemetry


def _meters(resource: Resource, export: Export | None, shared: Shared | None) -> Meters:
    if shared is not None:
        return Meters.shared(resource, shared, export)
    return Meters.alone(resource, export)


def _span_processors(asked: OtelEnvironment, counts: ExportCounts) -> Sequence[SpanProcessor]:
    if asked.traces_endpoint is None:
        return ()
    return (SpanQueue(CountedSpans(OTLPSpanExporter(asked.traces_endpoint), counts), counts),)


def _metric_export(asked: OtelEnvironment, counts: ExportCounts) -> Export | None:
    if asked.metrics_endpoint is None:
        return None
    exporter = CountedMetrics(OTLPMetricExporter(asked.metrics_endpoint), counts)
    return Export(exporter, asked.metric_interval_milliseconds)


def _log_processors(asked: OtelEnvironment, counts: ExportCounts) -> Sequence[LogRecordProcessor]:
    if asked.logs_endpoint is None:
        return ()
    return (LogQueue(CountedLogs(OTLPLogExporter(asked.logs_endpoint), counts), counts),)
