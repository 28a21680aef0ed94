"""What the collector has acknowledged arrives, whoever is away or ends meanwhile."""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.integration.collector.running import Observed
from tests.waiting import wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.collector.running import Collector
    from tests.otlp_receiver import OtlpReceiver

LOKI: Final = "otlp_http/loki"
TEMPO: Final = "otlp_http/tempo"


def _send_log(collector: Collector, body: str) -> int:
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    record.body.string_value = body
    return collector.post("logs", request)


def _send_kept_trace(collector: Collector, number: int) -> int:
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id = number.to_bytes(16, "big")
    span.span_id = number.to_bytes(8, "big")
    span.name = f"kept {number}"
    span.trace_state = "dexwatch=keep"
    return collector.post("traces", request)


def _bodies(sink: OtlpReceiver) -> Counter[str]:
    return Counter(record.body.string_value for record in sink.logs())


def test_an_outage_and_a_killed_collector_lose_no_log(tmp_path: Path, sink: OtlpReceiver) -> None:
    """Each acknowledged record arrives though Loki was away and the collector was killed."""
    expected = [f"record {number}" for number in range(60)]
    with Observed(tmp_path, sink.url, sink.url).collector() as collector:
        for body in expected[:10]:
            assert _send_log(collector, body) == HTTPStatus.OK
        wait_for(lambda: len(_bodies(sink)) == 10, what="records arrive")
        sink.stop()
        for body in expected[10:40]:
            assert _send_log(collector, body) == HTTPStatus.OK
        collector.kill()
        collector.start()
        assert collector.queued(LOKI) == 30
        sink.status = HTTPStatus.SERVICE_UNAVAILABLE
        sink.start()
        for body in expected[40:]:
            assert _send_log(collector, body) == HTTPStatus.OK
        wait_for(lambda: sink.refused > 0, what="Loki is tried again")
        collector.kill()
        sink.status = HTTPStatus.OK
        collector.start()
        wait_for(lambda: len(_bodies(sink)) == len(expected), what="all records arrive")
        wait_for(lambda: collector.queued(LOKI) == 0, what="the queue is empty")
    # None could be delivered twice: Loki took nothing whose sender was killed.
    assert _bodies(sink) == Counter(expected)


def test_a_kept_trace_outlives_the_collector(tmp_path: Path, sink: OtlpReceiver) -> None:
    """What has been decided on waits on disk for Tempo, through a kill of the collector."""
    sink.stop()
    with Observed(tmp_path, sink.url, sink.url).collector() as collector:
        for number in range(1, 21):
            assert _send_kept_trace(collector, number) == HTTPStatus.OK
        size = "otelcol_exporter_queue_size"
        wait_for(lambda: collector.metric(size, exporter=TEMPO) > 0, what="they are held up")
        name = "otelcol_processor_tail_sampling_global_count_traces_sampled"
        wait_for(lambda: collector.metric(name, sampled="true") == 20, what="all are decided on")
        out = "otelcol_processor_batch_batch_send_size_sum"
        wait_for(lambda: collector.metric(out, processor="batch/kept") == 20, what="all are queued")
        collector.kill()
        sink.start()
        collector.start()
        wait_for(lambda: len(sink.spans()) == 20, what="all traces arrive")
    assert {span.name for span in sink.spans()} == {f"kept {number}" for number in range(1, 21)}


def test_what_is_refused_for_good_blocks_nothing(tmp_path: Path, sink: OtlpReceiver) -> None:
    """A record that Loki calls invalid is given up and counted, and the next one arrives."""
    with Observed(tmp_path, sink.url, sink.url).collector() as collector:
        sink.status = HTTPStatus.BAD_REQUEST
        assert _send_log(collector, "invalid") == HTTPStatus.OK
        failed = "otelcol_exporter_send_failed_log_records"
        wait_for(
            lambda: collector.metric(failed, exporter=LOKI) == 1, what="the record is given up"
        )
        sink.status = HTTPStatus.OK
        assert _send_log(collector, "valid") == HTTPStatus.OK
        wait_for(lambda: bool(sink.logs()), what="the next record arrives")
    assert _bodies(sink) == Counter(["valid"])
    assert sink.refused == 1


def test_a_full_queue_is_said_to_the_sender(tmp_path: Path, sink: OtlpReceiver) -> None:
    """Beyond its bound the queue takes nothing: the sender is told so and may try again."""
    sink.stop()
    bound = f"exporters: {{{LOKI}: {{sending_queue: {{queue_size: 3}}}}}}"
    with Observed(tmp_path, sink.url, sink.url, overlays=(bound,)).collector() as collector:
        answers = [_send_log(collector, f"record {number}") for number in range(5)]
        assert answers == [HTTPStatus.OK] * 3 + [HTTPStatus.SERVICE_UNAVAILABLE] * 2
        assert collector.metric("otelcol_exporter_queue_capacity", exporter=LOKI) == 3
        failed = "otelcol_exporter_enqueue_failed_log_records"
        assert collector.metric(failed, exporter=LOKI) == 2
        sink.start()
        wait_for(lambda: len(_bodies(sink)) == 3, what="what was queued arrives")
        wait_for(lambda: collector.queued(LOKI) == 0, what="the queue is empty")
        assert _send_log(collector, "record 5") == HTTPStatus.OK
        wait_for(lambda: len(_bodies(sink)) == 4, what="there is room again")
