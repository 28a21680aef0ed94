"""HEAD wherever there is GET: the same answer without its body (RFC 9110, section 9.3.2)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from litestar.enums import HttpMethod, ScopeType

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Message, Receive, Scope, Send


_WITH_ALLOW: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.METHOD_NOT_ALLOWED})
"""What answers OPTIONS, and what answers a method that there is no handler for."""


class HeadAnswers:
    """ASGI middleware that has GET handlers answer HEAD.

    Handlers see GET. Whoever watches from outside sees HEAD before and after, in one and the same
    scope, so that the route which the router writes there is seen as well.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer HEAD as GET without a body; pass on anything else."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request = scope
        is_head = request["method"] == HttpMethod.HEAD

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] in _WITH_ALLOW:
                    message["headers"] = [_with_head(header) for header in message["headers"]]
                if is_head:
                    request["method"] = HttpMethod.HEAD.value
            elif is_head and message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        if is_head:
            request["method"] = HttpMethod.GET.value
        try:
            await self._app(request, receive, send_head)
        finally:
            if is_head:
                request["method"] = HttpMethod.HEAD.value


def _with_head(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Add HEAD to an Allow header that names GET."""
    name, value = header
    if name.lower() != b"allow":
        return header
    methods = sorted({method.strip() for method in value.split(b",")})
    if b"GET" in methods and b"HEAD" not in methods:
        methods.insert(methods.index(b"GET") + 1, b"HEAD")
    return name, b", ".join(methods)
