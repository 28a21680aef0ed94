"""Telemetry in memory, and requests without a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from telemetry.in_memory import InMemoryTelemetry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from telemetry.http_request import ASGIApp, Message

    class Request(Protocol):
        """Sends one request and gives the messages of its answer."""

        async def __call__(self, app: ASGIApp, **scope: Any) -> list[Message]:
            """Send a request with this scope."""
            ...


@pytest.fixture
def memory() -> Iterator[InMemoryTelemetry]:
    """Give telemetry that keeps what it is told."""
    memory = InMemoryTelemetry.create()
    yield memory
    memory.telemetry.shutdown()


@pytest.fixture
def request_to() -> Request:
    """Give ``request_to(app, path=..., method=...)``."""

    async def _request(app: ASGIApp, **scope: Any) -> list[Message]:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await app(
            {
                "type": "http",
                "method": "GET",
                "path": "/",
                "raw_path": b"/",
                "query_string": b"",
                "scheme": "http",
                "http_version": "1.1",
                "headers": [],
                "server": ("127.0.0.1", 8000),
                "client": ("203.0.113.9", 4711),
                **scope,
            },
            receive,
            send,
        )
        return sent

    return _request
