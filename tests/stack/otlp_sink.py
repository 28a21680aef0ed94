"""Stands in for Tempo and Loki: takes OTLP over HTTP, keeps what it gets, and can be away.

    with OtlpSink() as sink:
        ...  # something exports to sink.url
        sink.refuse()  # answers 503 from now on, until sink.accept()
        sink.stop()  # connections are refused until sink.start(), on the same port
        sink.spans(), sink.logs(), sink.metrics()
"""

from __future__ import annotations

import gzip
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, Self

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
    from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

_REQUESTS: Final[dict[str, Any]] = {
    "traces": ExportTraceServiceRequest,
    "metrics": ExportMetricsServiceRequest,
    "logs": ExportLogsServiceRequest,
}


class OtlpSink:
    """A receiver on loopback; what it refuses it does not keep."""

    def __init__(self) -> None:
        self._port = 0
        self._status = HTTPStatus.OK
        self._lock = threading.Lock()
        self._received: dict[str, list[Any]] = {signal: [] for signal in _REQUESTS}
        self._refused = 0
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    @property
    def url(self) -> str:
        """Where to send to, without the signal's path; it stays the same for good."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def refused(self) -> int:
        """How many requests were refused."""
        with self._lock:
            return self._refused

    def start(self) -> None:
        """Listen."""
        server = ThreadingHTTPServer(("127.0.0.1", self._port), self._handler())
        server.daemon_threads = True
        self._port = server.server_port
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; what was received stays."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = self._thread = None

    def refuse(self, status: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE) -> None:
        """Answer with ``status`` from now on."""
        self._status = status

    def accept(self) -> None:
        """Take what comes again."""
        self._status = HTTPStatus.OK

    def spans(self) -> list[Span]:
        """Give every span received, in the order of arrival."""
        return [
            span
            for request in self._of("traces")
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def logs(self) -> list[LogRecord]:
        """Give every log record received, in the order of arrival."""
        return [
            record
            for request in self._of("logs")
            for resource in request.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]

    def metrics(self) -> list[Metric]:
        """Give every metric received, once for each export, in the order of arrival."""
        return [
            metric
            for request in self._of("metrics")
            for resource in request.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        ]

    def _of(self, signal: str) -> list[Any]:
        with self._lock:
            return list(self._received[signal])

    def _take(self, signal: str, body: bytes) -> HTTPStatus:
        with self._lock:
            status = self._status
            if status == HTTPStatus.OK:
                self._received[signal].append(_REQUESTS[signal].FromString(body))
            else:
                self._refused += 1
        return status

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                # Loki's path has a prefix, which is somebody else's to test.
                status = sink._take(self.path.rpartition("/")[2], body)  # noqa: SLF001  # its own
                self.send_response(status)
                # An empty message is a valid answer, and so is an empty status.
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
