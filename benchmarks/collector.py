"""What a trace and a log record cost the collector: `make bench-collector`.

Spans and records like the service's own are sent to the real program with the committed
configuration. Tempo and Loki are away, so that what is kept stays in the queues.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

import httpx
import psutil
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from rich.console import Console
from rich.table import Table

from cli.stack.addresses import Ports
from cli.stack.programs import Backends, Stack
from cli.stack.supervise import Running

if TYPE_CHECKING:
    from google.protobuf.message import Message

ROOT: Final = Path(__file__).parents[1]
BATCH: Final = 512
BATCHES: Final = 80
DECISION_SECONDS: Final = 20
AWAY: Final = "http://127.0.0.1:9"


def spans(number: int) -> ExportTraceServiceRequest:
    """Make a batch of server spans, each a trace that nothing keeps."""
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    now = time.time_ns()
    for _ in range(number):
        span = scope.spans.add(
            trace_id=os.urandom(16),
            span_id=os.urandom(8),
            name="POST /predict/best-move",
            kind=Span.SPAN_KIND_SERVER,
            start_time_unix_nano=now - 5_000_000,
            end_time_unix_nano=now,
        )
        for key, value in {
            "http.request.method": "POST",
            "http.route": "/predict/best-move",
            "url.path": "/predict/best-move",
            "url.scheme": "http",
            "network.protocol.version": "1.1",
            "server.address": "127.0.0.1",
            "user_agent.original": "python-httpx/0.28",
        }.items():
            span.attributes.add(key=key).value.string_value = value
        span.attributes.add(key="http.response.status_code").value.int_value = 200
    return request


def records(number: int) -> ExportLogsServiceRequest:
    """Make a batch of records as the service writes one for a kept prediction."""
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for _ in range(number):
        record = scope.log_records.add(
            time_unix_nano=time.time_ns(), trace_id=os.urandom(16), span_id=os.urandom(8)
        )
        record.body.string_value = "predicted"
        for key, value in {
            "prediction_id": os.urandom(16).hex(),
            "model_version": "v1",
            "recommended_move": "Ice Beam",
        }.items():
            record.attributes.add(key=key).value.string_value = value
    return request


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as cleanup:
        stack = Stack(ROOT, Path(folder), Ports.free(), Backends(AWAY, AWAY))
        stack.prepare()
        running = Running(stack.folder)
        cleanup.enter_context(running.until_the_end())
        described = stack.collector()
        described = replace(
            described,
            environment={
                **described.environment,
                "OTELCOL_DECISION_WAIT": f"{DECISION_SECONDS}s",
            },
        )
        process = psutil.Process(running.start(described).pid)
        running.wait_until_ready(described, tell=lambda _: None)
        client = cleanup.enter_context(
            httpx.Client(base_url=f"http://127.0.0.1:{stack.ports.otlp_http}")
        )

        def sent(signal: str, batch: Message) -> float:
            began = time.perf_counter()
            client.post(
                f"/v1/{signal}",
                content=batch.SerializeToString(),
                headers={"content-type": "application/x-protobuf"},
            ).raise_for_status()
            return (time.perf_counter() - began) * 1e3

        def cpu() -> float:
            times = process.cpu_times()
            return float(times.user + times.system)

        count = BATCH * BATCHES
        table = Table("what", "value")
        size = len(spans(BATCH).SerializeToString()) / BATCH
        table.add_row("a server span on the wire, without compression", f"{size:.0f} bytes")

        memory, busy = process.memory_info().rss, cpu()
        took = [sent("traces", spans(BATCH)) for _ in range(BATCHES)]
        peak = process.memory_info().rss
        time.sleep(DECISION_SECONDS + 5)
        table.add_row(f"memory while {count:,} traces wait", f"{(peak - memory) / 1e6:.0f} MB more")
        table.add_row("  of each", f"{(peak - memory) / count / 1e3:.1f} kB")
        table.add_row(
            "CPU of 1,000 traces, decided and dropped", f"{(cpu() - busy) / count * 1e6:.0f} ms"
        )
        table.add_row(f"a batch of {BATCH} spans taken", f"{median(took):.1f} ms")

        queue = Path(described.environment["OTELCOL_QUEUE_DIR"])
        disk = sum(file.stat().st_size for file in queue.iterdir())
        took = [sent("logs", records(BATCH)) for _ in range(BATCHES)]
        disk = sum(file.stat().st_size for file in queue.iterdir()) - disk
        table.add_row(f"a batch of {BATCH} log records taken and on disk", f"{median(took):.1f} ms")
        table.add_row("  a record on disk", f"{disk / count:.0f} bytes")
        Console(width=100).print(table)


if __name__ == "__main__":
    main()
