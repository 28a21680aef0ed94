"""The heads of answers that leave without the application, as they go over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

if TYPE_CHECKING:
    from collections.abc import Iterable


def status_and_headers(status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Give a head without the empty line that ends it, so that headers can follow."""
    return STATUS_LINE[status] + lines(headers)


def lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Give headers, a line each."""
    return b"".join(b"%b: %b\r\n" % header for header in headers)
