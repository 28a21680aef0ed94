"""CORS: which origins' pages may read answers in a browser. None, unless settings name some.

Litestar's own middleware takes the place of an answer's ``Vary``, and answers preflights with plain
text. This one lets in what is named, letter by letter, and never with cookies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from litestar.enums import HttpMethod, ScopeType

if TYPE_CHECKING:
    from collections.abc import Collection

    from litestar.types import ASGIApp, Message, Receive, Scope, Send

_ALLOWED: Final = (
    (b"access-control-allow-methods", b"GET, HEAD, POST"),
    (b"access-control-allow-headers", b"authorization, content-type, accept-language"),
    (b"access-control-max-age", b"600"),
)
_EXPOSED: Final = (
    b"access-control-expose-headers",
    b"retry-after, ratelimit, ratelimit-policy, traceresponse",
)
_VARY: Final = (b"vary", b"origin")


def let_in(app: ASGIApp, origins: Collection[str]) -> ASGIApp:
    """Let the pages of these origins, if there are any, read what ``app`` answers."""
    return CrossOrigin(app, origins) if origins else app


class CrossOrigin:
    """ASGI middleware that tells browsers whom answers are for."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        """Let the pages of these origins read answers."""
        self._app = app
        self._origins = frozenset(origin.encode() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, or add to the answer whom it is for."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"")
        allowed = [(b"access-control-allow-origin", origin)] if origin in self._origins else []
        if (
            allowed
            and scope["method"] == HttpMethod.OPTIONS
            and b"access-control-request-method" in headers
        ):
            start: Message = {
                "type": "http.response.start",
                "status": 204,
                "headers": [*allowed, *_ALLOWED, _VARY],
            }
            await send(start)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return

        async def send_allowed(message: Message) -> None:
            if message["type"] == "http.response.start":
                shown = [*allowed, _EXPOSED] if allowed else []
                message["headers"] = [*message["headers"], *shown, _VARY]
            await send(message)

        await self._app(scope, receive, send_allowed)
