"""The short way to the one route that the service is for.

Between a request and its handler Litestar resolves dependencies in tasks, builds request and
response objects and merges headers: more work than a prediction is. A plain request for a best move
is answered here instead, in the same steps and words; whatever is unusual about one goes the long
way, which also documents the route.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast

from litestar.enums import HttpMethod, ScopeType
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from app.http.json_request import EMPTY, JsonDecoder
from app.language import preferred
from app.predictions.schema import BestMoveRequest
from app.problems.exceptions import ClientGoneError, MalformedJsonError
from app.problems.handlers import refuse
from app.worded import encoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from litestar.response.base import ASGIResponse
    from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send

    from app.context import AppContext

PATH: Final = "/predict/best-move"
_SPELLED: Final = re.compile(r"/+predict/+best-move/*")
"""The same to the router, which takes slashes for granted."""

_decode: Final = JsonDecoder(BestMoveRequest)


def is_best_move(scope: Mapping[str, Any]) -> bool:
    """Tell whether a request is one for a best move, however its path is spelt."""
    path = scope.get("path", "")
    return (path == PATH or _SPELLED.fullmatch(path) is not None) and scope.get("method") == "POST"


class DirectLane:
    """ASGI middleware, right before the router."""

    def __init__(self, app: ASGIApp, context: AppContext) -> None:
        """Take the long way, and what answers."""
        self._app = app
        self._context = context
        self._most_bytes = context.settings.max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a plain request for a best move; pass on anything else."""
        if scope["path"] != PATH or not self._is_plain(scope):
            await self._app(scope, receive, send)
            return
        scope["path_template"] = PATH
        try:
            answer = await self._answer(scope["headers"], receive)
        except Exception as error:  # noqa: BLE001  # every one is answered, as on the long way
            answer = refuse(error).answer()
        await answer(scope, receive, send)

    def _is_plain(self, scope: Scope) -> bool:
        if scope["type"] != ScopeType.HTTP or scope["method"] != HttpMethod.POST:
            return False
        is_json = False
        for name, value in scope["headers"]:
            if name == b"content-type":
                is_json = value == b"application/json"
            elif name == b"content-encoding" or (
                name == b"content-length" and int(value) > self._most_bytes
            ):
                return False
        return is_json

    async def _answer(
        self, headers: Iterable[tuple[bytes, bytes]], receive: Receive
    ) -> ASGIResponse:
        body = await self._read(receive)
        if not body:
            raise MalformedJsonError(EMPTY)
        request = _decode(body)
        language = preferred(_accept_language(headers))
        dex = self._context.dex.require()
        (best,) = await self._context.predictions.best_moves(dex, [request], language)
        return encoded(best, language)

    async def _read(self, receive: Receive) -> bytes:
        body = b""
        while True:
            message = cast("HTTPReceiveMessage", await receive())
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            body += message["body"]
            if len(body) > self._most_bytes:
                raise RequestEntityTooLarge
            if not message["more_body"]:
                return body


def _accept_language(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    given = [value for name, value in headers if name == b"accept-language"]
    return b", ".join(given).decode("latin-1") if given else None
