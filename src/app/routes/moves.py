"""``/moves``."""

# Litestar reads the annotations of handlers when the application is made.
from typing import Annotated, Any

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import PathParameter, QueryParameter, SkipValidation

from app.catalogue import examples
from app.catalogue.answers import Catalogue
from app.catalogue.conditional import answer
from app.catalogue.paging import AskedPart, SearchText
from app.catalogue.schema import Category, MoveDetail, MovePage
from app.openapi.documented import catalogued
from app.problems import schema as kinds
from app.routes.query import plain_query


class MoveController(Controller):
    """The moves of Let's Go."""

    path = "/moves"
    guards = (plain_query,)
    tags = ("Moves",)

    @get(
        operation_id="listMoves",
        summary="List moves",
        responses=catalogued(MovePage, example=examples.MOVE_PAGE),
    )
    async def list_moves(
        self,
        request: Request[Any, Any, Any],
        catalogue: NamedDependency[SkipValidation[Catalogue]],
        part: AskedPart,
        category: Annotated[
            Category | None, QueryParameter(description="Only moves of a category")
        ] = None,
    ) -> Response[MovePage] | Response[None]:
        """List the moves by id, all or those of a category."""
        items = catalogue.moves
        if category is not None:
            items = [item for item in items if item.category == category]
        return answer(request, catalogue, part.of(MovePage, items))

    @get(
        "/search",
        operation_id="searchMoves",
        summary="Find moves by name",
        responses=catalogued(MovePage, example=examples.MOVE_PAGE),
    )
    async def search_moves(
        self,
        request: Request[Any, Any, Any],
        catalogue: NamedDependency[SkipValidation[Catalogue]],
        part: AskedPart,
        q: SearchText,
    ) -> Response[MovePage] | Response[None]:
        """Find moves by a part of their English or French name."""
        found = catalogue.moves_search.find(q)
        return answer(request, catalogue, part.of(MovePage, found))

    @get(
        "/by-type/{type:str}",
        operation_id="listMovesOfType",
        summary="List the moves of a type",
        responses=catalogued(MovePage, kinds.UNKNOWN_TYPE, example=examples.MOVE_PAGE),
    )
    async def list_moves_of_type(
        self,
        request: Request[Any, Any, Any],
        catalogue: NamedDependency[SkipValidation[Catalogue]],
        part: AskedPart,
        type: Annotated[  # noqa: A002  # the path's own word
            str,
            PathParameter(
                description="The type's English or French name, or its id",
                examples=[Example(id="english", value="water"), Example(id="french", value="eau")],
            ),
        ],
    ) -> Response[MovePage] | Response[None]:
        """List the moves of one type by id."""
        items = catalogue.moves_of_type[catalogue.type_id(type)]
        return answer(request, catalogue, part.of(MovePage, items))

    @get(
        "/id/{id:str}",
        operation_id="getMove",
        summary="Get a move",
        responses=catalogued(MoveDetail, kinds.UNKNOWN_MOVE_ID, example=examples.MOVE_DETAIL),
    )
    async def get_move(
        self,
        request: Request[Any, Any, Any],
        catalogue: NamedDependency[SkipValidation[Catalogue]],
        id: Annotated[  # noqa: A002  # likewise
            int,
            PathParameter(
                ge=1,
                le=2**31 - 1,
                description="PokeAPI id of the move",
                examples=[Example(id="surf", value=57)],
            ),
        ],
    ) -> Response[MoveDetail] | Response[None]:
        """Give everything about a move that counts in a battle, and who can know it."""
        return answer(request, catalogue, catalogue.move_detail(id))
