"""Answers that are given before the router has seen a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litestar.enums import HttpMethod

from app.problem_schema import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from litestar.types import HTTPScope, Send

    from app.errors import Refusal


async def send_refusal(
    refused: Refusal, scope: HTTPScope, send: Send, headers: Mapping[str, str]
) -> None:
    """Answer with a problem."""
    body = refused.encode()
    words = {
        "Content-Type": MEDIA_TYPE,
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        **refused.headers,
        **headers,
    }
    await send(
        {
            "type": "http.response.start",
            "status": refused.kind.status,
            "headers": [(name.lower().encode(), value.encode()) for name, value in words.items()],
        }
    )
    rest = b"" if scope["method"] == HttpMethod.HEAD else body
    await send({"type": "http.response.body", "body": rest, "more_body": False})
