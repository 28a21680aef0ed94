"""Headers that keep a browser from doing with an answer what it was not meant for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Message, Receive, Scope, Send

NOTHING_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
"""The content security policy of answers that are data."""

OF_DATA: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": NOTHING_POLICY,
}
"""What completes the headers of an answer that is data."""

ENCODED: Final = tuple((name.encode(), value.encode()) for name, value in OF_DATA.items())


class SecuredAnswers:
    """ASGI middleware that completes the headers of every answer; what a handler says stays."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer back with more headers."""

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                more = (header for header in ENCODED if header[0] not in given)
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self._app(scope, receive, send_secured)
