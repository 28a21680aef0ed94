"""A server that says what the service cannot be made to say."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass
class StandIn:
    """Where it listens, and the headers of what it was asked."""

    url: str
    asked: list[Mapping[str, str]] = field(default_factory=list)


@contextmanager
def answering(
    status: int, body: bytes | Callable[[bytes], bytes], headers: Mapping[str, str]
) -> Iterator[StandIn]:
    """Answer until the block ends: always the same, or what is made of the body of a request."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the base class's name for it
            stand_in.asked.append(dict(self.headers))
            asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = body if isinstance(body, bytes) else body(asked)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(answer)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_DELETE = do_GET  # noqa: N815  # likewise

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # likewise
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stand_in = StandIn(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield stand_in
        finally:
            server.shutdown()
            thread.join()
