"""What is refused before it reaches the router: requests too long or too odd to look at.

The router and the query parser remember the strings that they saw, so a bound on the length of
each is also a bound on memory. The length of a body is bounded where it is read
(:class:`app.http.json_request.JsonRequest`), which also holds when no Content-Length announces it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from litestar.enums import ScopeType

from app.problems import schema as kinds
from app.problems.handlers import Refusal

if TYPE_CHECKING:
    from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

LONGEST_TARGET: Final = 2048
"""Bytes of path and query together."""
MOST_HEADER_BYTES: Final = 16 * 1024


class RequestLimits:
    """ASGI middleware that answers such requests itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        refused = _refuse(scope) if scope["type"] == ScopeType.HTTP else None
        if refused is None:
            await self._app(scope, receive, send)
            return
        # What is left of the request is not read.
        refused = replace(refused, headers={"Connection": "close"})
        await refused.answer()(scope, receive, send)


def _refuse(scope: HTTPScope) -> Refusal | None:
    query = scope["query_string"]
    if len(scope["path"]) + len(query) > LONGEST_TARGET:
        return Refusal(kinds.URI_TOO_LONG)
    if not query.isascii():
        return Refusal(
            kinds.BAD_REQUEST, "The query holds bytes beyond ASCII: percent-encode them as UTF-8."
        )
    size = 0
    host = None
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name == b"host":
            # RFC 9112, section 3.2: two of them are none.
            host = value if host is None else b""
    if size > MOST_HEADER_BYTES:
        return Refusal(kinds.HEADERS_TOO_LARGE)
    if host is None and scope["http_version"] == "1.0":
        return None
    return None if host and _is_host(host) else Refusal(kinds.BAD_REQUEST)


@lru_cache(maxsize=256)
def _is_host(value: bytes) -> bool:
    try:
        parts = urlsplit(f"//{value.decode('ascii')}")
        _ = parts.port  # parsed, and checked, only when asked for
    except ValueError:
        return False
    return parts.netloc.encode() == value and "@" not in parts.netloc and bool(parts.hostname)
