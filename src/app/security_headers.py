"""Headers that keep a browser from doing with an answer what it was not meant for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from litestar.types import Message, Scope

NOTHING_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
"""The content security policy of answers that are data."""

_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_POLICY: Final = b"content-security-policy"

DATA: Final = (*_ALWAYS, (_POLICY, NOTHING_POLICY.encode()))
"""All of them, for an answer that is data."""


async def add_security_headers(message: Message, _scope: Scope) -> None:
    """Complete the headers of every answer; a handler's own policy stays."""
    if message["type"] != "http.response.start":
        return
    headers = [*message["headers"], *_ALWAYS]
    if all(name != _POLICY for name, _ in headers):
        headers.append((_POLICY, NOTHING_POLICY.encode()))
    message["headers"] = headers
