"""Which part of a list is asked for."""

from collections.abc import Sequence
from typing import Annotated, Final, TypeVar

from litestar.params import QueryParameter

from app.catalogue_schema import Page

DEFAULT_LIMIT: Final = 50

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many items to answer at most")]
Offset = Annotated[
    int, QueryParameter(ge=0, le=1_000_000, description="How many items to leave out before them")
]
SearchText = Annotated[
    str,
    QueryParameter(
        min_length=1,
        max_length=64,
        description="A part of an English or French name, whatever the case, accents, hyphens or"
        " spaces; names that begin with it come first",
    ),
]

AnyPage = TypeVar("AnyPage", bound=Page)
Item = TypeVar("Item")


def part(page: type[AnyPage], items: Sequence[Item], limit: int, offset: int) -> AnyPage:
    """Cut the asked part out of the whole list."""
    return page(
        total=len(items),
        limit=limit,
        offset=offset,
        items=items[offset : offset + limit],  # type: ignore[call-arg]  # each page declares its own items
    )
