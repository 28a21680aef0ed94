"""What the HTTP instrumentation gets to see of a request.

It decodes headers and the query string in ways that raise on hostile bytes (and so would answer
500), keeps client addresses and query strings on spans, and takes methods and schemes as they
come. It is therefore shown a copy with what it needs, bounded, and nothing else.

``url.path`` stays on spans, cut to :data:`PATH_CHARACTERS`, for unknown paths too: the semantic
conventions require it, it tells what a client asked for where no route does, it carries no
personal data here, and nothing is aggregated by it. Routes, span names and metrics never hold it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

from opentelemetry.propagate import get_global_textmap

from telemetry.signals import OTHER, schema

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

ORIGINAL: Final = "dexwatch.scope"
"""Where the copy keeps the request's own scope, which the application gets."""

PATH_CHARACTERS: Final = 256
USER_AGENT_BYTES: Final = 256
HEADER_BYTES: Final = 8192
"""Propagated context beyond this is left out; W3C baggage ends here."""

METHODS: Final = frozenset(schema().attributes["method"].values)

_USER_AGENT: Final = b"user-agent"
_SCHEMES: Final = frozenset({"http", "https", "ws", "wss"})


def method_of(scope: Scope) -> str:
    """Give the HTTP method, or ``_OTHER`` for one that no standard knows."""
    method: str = scope["method"]
    return method if method in METHODS else OTHER


class VisibleScope:
    """Makes the copies, with the headers that the configured propagators read."""

    def __init__(self) -> None:
        self._wanted = frozenset(
            {_USER_AGENT, *(field.lower().encode() for field in get_global_textmap().fields)}
        )

    def __call__(self, scope: Scope) -> Scope:
        """Copy what may be seen of the scope of an HTTP request or a WebSocket."""
        scheme = scope.get("scheme")
        seen: Scope = {
            ORIGINAL: scope,
            "type": scope["type"],
            "scheme": scheme if scheme in _SCHEMES else "http",
            "path": scope["path"][:PATH_CHARACTERS],
            "http_version": scope.get("http_version", "1.1"),
            "server": scope.get("server"),
            "headers": [
                (name, _bounded(name, value))
                for name, value in scope["headers"]
                if name in self._wanted and len(value) <= HEADER_BYTES
            ],
        }
        if "method" in scope:
            seen["method"] = method_of(scope)
        return seen


def _bounded(name: bytes, value: bytes) -> bytes:
    if name == _USER_AGENT:
        value = value[:USER_AGENT_BYTES]
    return value if value.isascii() else value.decode("latin-1").encode("ascii", "replace")
