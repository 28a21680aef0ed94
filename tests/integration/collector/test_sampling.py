"""Which traces the real collector passes on, of those that the service's own sampler marks."""

from __future__ import annotations

from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import Span, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import StatusCode
from tests.integration.collector.running import Observed
from tests.waiting import wait_for

from telemetry.sampling import MarkKept, keep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opentelemetry.context import Context
    from tests.integration.collector.running import Collector
    from tests.otlp_receiver import OtlpReceiver

MILLISECOND: Final = 1_000_000
START: Final = 1_800_000_000_000 * MILLISECOND


@pytest.fixture
def collector(tmp_path: Path, sink: OtlpReceiver) -> Iterator[Collector]:
    """Run the collector."""
    with Observed(tmp_path, sink.url, sink.url).collector() as collector:
        yield collector


class Service:
    """Makes traces as the service does; each span is sent the moment it ends."""

    def __init__(self, collector: Collector, *, share: float) -> None:
        self._provider = TracerProvider(
            MarkKept(ALWAYS_ON, share=share, per_second=0), shutdown_on_exit=False
        )
        exporter = OTLPSpanExporter(f"{collector.url}/v1/traces")
        self._provider.add_span_processor(SimpleSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("test")

    def close(self) -> None:
        """Send nothing more."""
        self._provider.shutdown()

    def span(
        self,
        name: str,
        *,
        milliseconds: int = 5,
        failed: bool = False,
        marked: bool = False,
        parent: Context | None = None,
    ) -> Context:
        """Make one span, beneath another or as the first of a trace; give its context."""
        span = self._tracer.start_span(name, parent, start_time=START)
        assert isinstance(span, Span)
        if failed:
            span.set_status(StatusCode.ERROR)
        if marked:
            keep(span)
        span.end(START + milliseconds * MILLISECOND)
        return trace.set_span_in_context(span)


def _wait_for_decisions(collector: Collector, traces: int) -> None:
    name = "otelcol_processor_tail_sampling_global_count_traces_sampled"
    wait_for(lambda: collector.metric(name) == traces, what=f"{traces} traces are decided on")


def _names(sink: OtlpReceiver) -> list[str]:
    return sorted(span.name for span in sink.spans())


def _flush(collector: Collector) -> None:
    """Have everything passed on that was kept: what a stop leaves in the queue, a start sends."""
    collector.stop()
    collector.start()
    wait_for(lambda: collector.queued("otlp_http/tempo") == 0, what="the queue is empty")


def test_each_rule_keeps_and_the_rest_is_dropped(collector: Collector, sink: OtlpReceiver) -> None:
    """Failed, slow and marked traces arrive whole, one span for each sent; the others do not."""
    with closing(Service(collector, share=0)) as service:
        for number in range(20):
            service.span(f"plain {number}")
        service.span("just below slow", milliseconds=99)
        parent = service.span("above failed")
        service.span("failed", failed=True, parent=parent)
        service.span("slow", milliseconds=101)
        service.span("marked", marked=True)
    with closing(Service(collector, share=1)) as service:
        parent = service.span("share")
        service.span("beneath share", parent=parent)

    expected = ["above failed", "beneath share", "failed", "marked", "share", "slow"]
    _wait_for_decisions(collector, 25)
    _flush(collector)
    assert _names(sink) == expected
    kept = {span.name: span for span in sink.spans()}
    assert kept["failed"].trace_id == kept["above failed"].trace_id
    assert kept["share"].trace_state == "dexwatch=keep"


def test_late_spans_follow_the_decision(collector: Collector, sink: OtlpReceiver) -> None:
    """A kept trace's late span arrives; a dropped one's does not, whatever it says."""
    with closing(Service(collector, share=0)) as service:
        kept = service.span("kept", marked=True)
        dropped = service.span("dropped")
        _wait_for_decisions(collector, 2)
        service.span("late, of a dropped one", failed=True, parent=dropped)
        service.span("late, of a kept one", parent=kept)
        # Decided on after whatever the late spans would have started.
        service.span("later trace", marked=True)
    _wait_for_decisions(collector, 3)
    _flush(collector)
    assert _names(sink) == ["kept", "late, of a kept one", "later trace"]


def test_an_orderly_stop_decides_at_once(tmp_path: Path, sink: OtlpReceiver) -> None:
    """Traces that wait for their decision are passed on before the collector ends."""
    observed = Observed(tmp_path, sink.url, sink.url, decision_wait="1h")
    with observed.collector() as collector:
        with closing(Service(collector, share=0)) as service:
            service.span("marked", marked=True)
            service.span("plain")
        assert sink.spans() == []
        # Tempo is away as well: it gets them from the queue of the next collector.
        sink.status = HTTPStatus.SERVICE_UNAVAILABLE
        collector.stop()
        assert sink.spans() == []
        sink.status = HTTPStatus.OK
        collector.start()
        wait_for(lambda: bool(sink.spans()), what="the waiting trace arrives")
    assert set(_names(sink)) == {"marked"}
