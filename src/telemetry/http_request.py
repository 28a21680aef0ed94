"""What telemetry takes from a request: bounded, and nothing that says who asked.

Headers are whatever a client sends: bytes that are no text, a thousand of them, a megabyte in one.
``url.path`` stays on spans, cut to :data:`PATH_CHARACTERS`, for unknown paths too: the semantic
conventions require it, it tells what a client asked for where no route does, it carries no
personal data here, and nothing is aggregated by it. Routes, span names and metrics never hold it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from opentelemetry.propagate import extract, get_global_textmap

from telemetry.signals import OTHER, schema

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.util.types import AnyValue

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

PATH_CHARACTERS: Final = 256
USER_AGENT_BYTES: Final = 256
HEADER_BYTES: Final = 8192
"""Propagated context beyond this is left out; W3C baggage ends here."""

METHODS: Final = frozenset(schema().attributes["method"].values)

_USER_AGENT: Final = b"user-agent"
_SCHEMES: Final = frozenset({"http", "https"})
_VERSIONS: Final = frozenset({"1.0", "1.1", "2", "3"})


def method_of(scope: Scope) -> str:
    """Give the HTTP method, or ``_OTHER`` for one that no standard knows."""
    method: str = scope["method"]
    return method if method in METHODS else OTHER


def scheme_of(scope: Scope) -> str:
    """Give the scheme; a made-up one counts as ``http``."""
    scheme: str = scope.get("scheme", "http")
    return scheme if scheme in _SCHEMES else "http"


class RequestReader:
    """Reads requests, with the headers that the configured propagators know."""

    def __init__(self) -> None:
        self._propagated = frozenset(
            field.lower().encode() for field in get_global_textmap().fields
        )

    def __call__(self, scope: Scope) -> tuple[dict[str, AnyValue], Context | None]:
        """Give the attributes of the server span, and the context that the request came with."""
        attributes: dict[str, AnyValue] = {
            "http.request.method": method_of(scope),
            "url.path": scope["path"][:PATH_CHARACTERS],
            "url.scheme": scheme_of(scope),
        }
        version = scope.get("http_version", "1.1")
        if version in _VERSIONS:
            attributes["network.protocol.version"] = version
        if server := scope.get("server"):
            attributes["server.address"], attributes["server.port"] = server
        carrier: dict[str, str] = {}
        for name, value in scope["headers"]:
            if name == _USER_AGENT:
                attributes["user_agent.original"] = _text(value[:USER_AGENT_BYTES])
            elif name in self._propagated and len(value) <= HEADER_BYTES:
                carrier[name.decode()] = _text(value)
        return attributes, extract(carrier) if carrier else None


def _text(value: bytes) -> str:
    return value.decode("ascii", "replace")
