"""Queries that say each thing once, and in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.problems.exceptions import InvalidParameterError

if TYPE_CHECKING:
    from litestar.connection import ASGIConnection
    from litestar.handlers.base import BaseRouteHandler

_FREE_TEXT: Final = "q"
"""The one parameter that may say ``null``: it is looked for."""


def plain_query(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Refuse what would be taken for something else.

    Of a name that stands twice Litestar takes the last and others the first; and msgspec reads the
    word null as if the parameter were not there.

    Raises:
        InvalidParameterError: it names the parameter.

    """
    if not connection.scope["query_string"]:
        return
    seen = set()
    for name, value in connection.query_params.multi_items():
        if name in seen:
            raise InvalidParameterError(name[:64], "it stands more than once")
        if value.lower() == "null" and name != _FREE_TEXT:
            raise InvalidParameterError(name[:64], "null is no value; leave the parameter out")
        seen.add(name)
