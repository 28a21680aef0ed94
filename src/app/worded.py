"""Answers in one language, to one caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from litestar import Response
from litestar.response.base import ASGIResponse

from app.http.security_headers import OF_DATA
from app.language import Language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litestar.types import Receive, Scope, Send

T = TypeVar("T")

_HEADERS: Final = {
    language: tuple(
        (name.encode(), value.encode())
        for name, value in {
            "content-type": "application/json",
            "cache-control": "no-store",
            "content-language": language.value,
            "vary": "Accept-Language",
            **OF_DATA,
        }.items()
    )
    for language in Language
}
_encode: Final = msgspec.json.Encoder().encode


class Worded(Response[T]):
    """A JSON answer in a language, which is not to be kept.

    Litestar would merge headers, cookies and encoders anew for each answer; these headers are
    always the same.
    """

    def __init__(self, content: T, language: Language) -> None:
        """Take what is answered, a msgspec struct, and the language of its names."""
        super().__init__(content)
        self._language = language

    def to_asgi_response(self, *_: Any, **__: Any) -> ASGIResponse:
        """Encode the answer."""
        return encoded(self.content, self._language)


def encoded(content: object, language: Language) -> ASGIResponse:
    """Encode an answer in a language."""
    return _Encoded(_encode(content), _HEADERS[language])


class _Encoded(ASGIResponse):
    """A body, and headers that only lack its length."""

    def __init__(self, body: bytes, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self.body = body
        self.status_code = 200
        self._prepared = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        length = (b"content-length", b"%d" % len(self.body))
        await send(
            {"type": "http.response.start", "status": 200, "headers": [*self._prepared, length]}
        )
        await send({"type": "http.response.body", "body": self.body, "more_body": False})
