"""Catalogue answers that a client may keep as long as the dex stays the same."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2s
from typing import TYPE_CHECKING, Any, TypeVar

from litestar import Response

from app.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from litestar import Request

    from app.catalogue.answers import Catalogue
    from app.language import Language

Content = TypeVar("Content")


def answer(
    request: Request[Any, Any, Any], catalogue: Catalogue, content: Content
) -> Response[Content] | Response[None]:
    """Answer with the content, or with 304 when the client has it already."""
    headers = _headers(catalogue.version, catalogue.language)
    known = request.headers.get("if-none-match")
    if known is not None and _matches(known, headers["ETag"]):
        return Response(None, status_code=304, headers=dict(headers))
    return Response(content, headers=dict(headers))


@lru_cache(maxsize=16)
def _headers(dex_version: str, language: Language) -> Mapping[str, str]:
    """Name what the answer to any one path depends on: the data, the code and the language."""
    digest = blake2s(f"{dex_version} {VERSION}".encode(), digest_size=8).hexdigest()
    return {
        "ETag": f'W/"{digest}-{language.value}"',
        "Cache-Control": "public, no-cache",
        "Content-Language": language.value,
        "Vary": "Accept-Language",
    }


def _matches(if_none_match: str, etag: str) -> bool:
    """Compare weakly (RFC 9110, section 13.1.2)."""
    opaque = etag.removeprefix("W/")
    return any(
        tag.strip() == "*" or tag.strip().removeprefix("W/") == opaque
        for tag in if_none_match.split(",")
    )
