"""A stand-in for chat services: it keeps what they would have received."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECEIVERS = ("slack", "discord", "heartbeat")


@dataclass
class Chat:
    """The messages of each service, with the time of their arrival."""

    url: str
    received: dict[str, list[tuple[float, dict[str, Any]]]] = field(
        default_factory=lambda: {name: [] for name in RECEIVERS}
    )
    status: int = 200
    """How it answers from now on; what is not answered 200 is not kept."""

    def titles(self, receiver: str) -> list[str]:
        """Give the titles of a service's messages, in their order."""
        return [message["attachments"][0]["title"] for _, message in self.received[receiver]]

    def write_secrets(self, folder: Path) -> None:
        """Write the files that Alertmanager takes its URLs from."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in RECEIVERS:
            (folder / f"{name}_url").write_text(f"{self.url}/{name}")


@contextmanager
def chatting() -> Iterator[Chat]:
    """Stand in as long as the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if chat.status == 200:  # OK
                chat.received[self.path.strip("/")].append((monotonic(), message))
            self.send_response(chat.status)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    chat = Chat(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield chat
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
