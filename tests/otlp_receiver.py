"""An OTLP receiver on loopback that decodes and keeps what it gets, can misbehave and be away."""

from __future__ import annotations

import gzip
import threading
import time
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
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

_REQUESTS: Final[dict[str, Any]] = {
    "traces": ExportTraceServiceRequest,
    "metrics": ExportMetricsServiceRequest,
    "logs": ExportLogsServiceRequest,
}


class OtlpReceiver:
    """What a collector, Tempo or Loki received; what it refuses it does not keep."""

    def __init__(self) -> None:
        self.status: int = HTTPStatus.OK
        self.body = b""
        self.delay = 0.0
        """How it answers from now on."""
        self.received: dict[str, list[Any]] = {signal: [] for signal in _REQUESTS}
        """Decoded requests by signal."""
        self.refused = 0
        self.authorizations: set[str | None] = set()
        """What requests have shown to be let in."""
        self._port = 0
        self._lock = threading.Lock()
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

    def start(self) -> None:
        """Listen."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self))
        self._server.daemon_threads = True
        self._port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; what was received stays."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = self._thread = None

    def take(self, signal: str, body: bytes) -> int:
        """Keep what was sent, or refuse it; give the status."""
        with self._lock:
            status = self.status
            if status == HTTPStatus.OK:
                self.received[signal].append(_REQUESTS[signal].FromString(body))
            else:
                self.refused += 1
        return status

    def spans(self) -> list[Span]:
        """Give every span, in the order of arrival."""
        return [
            span
            for request in list(self.received["traces"])
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def logs(self) -> list[LogRecord]:
        """Give every log record, in the order of arrival."""
        return [
            record
            for request in list(self.received["logs"])
            for resource in request.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]


def _handler(receiver: OtlpReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers["content-encoding"] == "gzip":
                body = gzip.decompress(body)
            receiver.authorizations.add(self.headers["authorization"])
            # Loki's path has a prefix.
            status = receiver.take(self.path.rpartition("/")[2], body)
            time.sleep(receiver.delay)
            self.send_response(status)
            # An empty message is a valid answer, and so is an empty status.
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(receiver.body)))
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
