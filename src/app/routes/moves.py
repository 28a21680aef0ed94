"""``/moves``."""

# Litestar reads the annotations of handlers when the application is made.
from typing import Annotated, Any

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import PathParameter, QueryParameter, SkipValidation

from app import catalogue_examples as examples
from app import problem_schema as kinds
from app.catalogue import Catalogue
from app.catalogue_schema import Category, MoveDetail, MovePage
from app.conditional import answer
from app.documented import answers
from app.routes.paging import DEFAULT_LIMIT, Limit, Offset, SearchText, part


class MoveController(Controller):
    """The moves of Let's Go."""

    path = "/moves"
    tags = ("Moves",)

    @get(
        operation_id="listMoves",
        summary="List moves",
        responses=answers(
            MovePage,
            kinds.INVALID_PARAMETER,
            kinds.NOT_READY,
            example=examples.MOVE_PAGE,
            conditional=True,
        ),
    )
    async def list_moves(
        self,
        request: Request[Any, Any, Any],
        catalogue: NamedDependency[SkipValidation[Catalogue]],
        category: Annotated[
            Category | None, QueryParameter(description="Only moves of a category")
        ] = None,
        limit: Limit = DEFAULT_LIMIT,
        offset: Offset = 0,
    ) -> Response[MovePage] | Response[None]:
        """List the moves by id, all or those of a category."""
        items = catalogue.moves
        if category is not None:
            items = [item for item in items if item.category == category]
        return answer(request, catalogue, part(MovePage, items, limit, offset))

    @get(
        "/search",
        operation_id="searchMoves",
        summary="Find moves by name",
        responses=answers(
            MovePage,
            kinds.INVALID_PARAMETER,
            kinds.NOT_READY,
            example=examples.MOVE_PAGE,
            conditional=True,
        ),
    )
    async def search_moves(
        self,
        request: Request[Any, Any, Any],
        catalogue: NamedDependency[SkipValidation[Catalogue]],
        q: SearchText,
        limit: Limit = DEFAULT_LIMIT,
        offset: Offset = 0,
    ) -> Response[MovePage] | Response[None]:
        """Find moves by a part of their English or French name."""
        found = catalogue.moves_search.find(q)
        return answer(request, catalogue, part(MovePage, found, limit, offset))

    @get(
        "/by-type/{type:str}",
        operation_id="listMovesOfType",
        summary="List the moves of a type",
        responses=answers(
            MovePage,
            kinds.UNKNOWN_TYPE,
            kinds.INVALID_PARAMETER,
            kinds.NOT_READY,
            example=examples.MOVE_PAGE,
            conditional=True,
        ),
    )
    async def list_moves_of_type(
        self,
        request: Request[Any, Any, Any],
        catalogue: NamedDependency[SkipValidation[Catalogue]],
        type: Annotated[  # noqa: A002  # the path's own word
            str,
            PathParameter(
                description="The type's English or French name, or its id",
                examples=[Example(id="english", value="water"), Example(id="french", value="eau")],
            ),
        ],
        limit: Limit = DEFAULT_LIMIT,
        offset: Offset = 0,
    ) -> Response[MovePage] | Response[None]:
        """List the moves of one type by id."""
        items = catalogue.moves_of_type[catalogue.type_id(type)]
        return answer(request, catalogue, part(MovePage, items, limit, offset))

    @get(
        "/id/{id:str}",
        operation_id="getMove",
        summary="Get a move",
        responses=answers(
            MoveDetail,
            kinds.UNKNOWN_MOVE_ID,
            kinds.INVALID_PARAMETER,
            kinds.NOT_READY,
            example=examples.MOVE_DETAIL,
            conditional=True,
        ),
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
