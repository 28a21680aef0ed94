"""Which part of a list is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

from litestar.di import NamedDependency
from litestar.params import QueryParameter, SkipValidation

from app.catalogue.schema import Page

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


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a list that is asked for."""

    limit: int
    offset: int

    def of(self, page: type[AnyPage], items: Sequence[Item]) -> AnyPage:
        """Cut it out of the whole list."""
        return page(
            total=len(items),
            limit=self.limit,
            offset=self.offset,
            items=items[self.offset : self.offset + self.limit],  # type: ignore[call-arg]  # each page declares its own items
        )


def provide_part(limit: Limit = DEFAULT_LIMIT, offset: Offset = 0) -> Part:
    """Read the part from the query."""
    return Part(limit, offset)


AskedPart = NamedDependency[SkipValidation[Part]]
"""How a handler takes it, under the name ``part``."""
