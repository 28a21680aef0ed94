"""Types that the query names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.problems.exceptions import InvalidParameterError, UnknownTypeError

if TYPE_CHECKING:
    from app.catalogue.answers import Catalogue


def type_parameter(catalogue: Catalogue, parameter: str, name_or_id: str) -> int:
    """Resolve a type named in the query.

    Raises:
        InvalidParameterError: there is no such type.

    """
    try:
        return catalogue.type_id(name_or_id)
    except UnknownTypeError as error:
        raise InvalidParameterError(
            parameter, "no type has this name or id; GET /types lists them", error.suggestions
        ) from error
