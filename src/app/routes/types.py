"""``/types`` and the type chart."""

# Litestar reads the annotations of handlers when the application is made.
from typing import Annotated, Any, Final

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import PathParameter, QueryParameter, SkipValidation

from app.catalogue import examples
from app.catalogue.answers import Catalogue
from app.catalogue.conditional import answer
from app.catalogue.paging import AskedPart, Offset, Part
from app.catalogue.schema import Affinity, AffinityPage, PokemonPage, TypePage
from app.openapi.documented import catalogued
from app.problems import schema as kinds
from app.routes.query import plain_query
from app.routes.type_parameter import type_parameter

_CHART_SIZE: Final = 324

_NAME: Final = "English or French name of the type, or its id"


class TypeController(Controller):
    """The eighteen types and what they do to each other."""

    path = "/types"
    guards = (plain_query,)
    tags = ("Types",)

    @get(
        operation_id="listTypes",
        summary="List the types",
        responses=catalogued(TypePage, example=examples.TYPE_PAGE),
    )
    async def list_types(
        self,
        request: Request[Any, Any, Any],
        catalogue: NamedDependency[SkipValidation[Catalogue]],
        part: AskedPart,
    ) -> Response[TypePage] | Response[None]:
        """List the eighteen types by id."""
        return answer(request, catalogue, part.of(TypePage, catalogue.types))

    @get(
        "/affinities",
        operation_id="listAffinities",
        summary="Get the type chart",
        responses=catalogued(AffinityPage, example=examples.AFFINITY_PAGE),
    )
    async def list_affinities(
        self,
        request: Request[Any, Any, Any],
        catalogue: NamedDependency[SkipValidation[Catalogue]],
        limit: Annotated[
            int,
            QueryParameter(ge=1, le=_CHART_SIZE, description="How many items to answer at most"),
        ] = _CHART_SIZE,
        offset: Offset = 0,
    ) -> Response[AffinityPage] | Response[None]:
        """List the multiplier of every attacking type against every defending type."""
        page = Part(limit, offset).of(AffinityPage, catalogue.affinities)
        return answer(request, catalogue, page)

    @get(
        "/affinities/by-name",
        operation_id="getAffinity",
        summary="Get one entry of the type chart",
        responses=catalogued(Affinity, example=examples.AFFINITY),
    )
    async def get_affinity(
        self,
        request: Request[Any, Any, Any],
        catalogue: NamedDependency[SkipValidation[Catalogue]],
        attacking: Annotated[
            str, QueryParameter(description=_NAME, examples=[Example(id="name", value="water")])
        ],
        defending: Annotated[
            str, QueryParameter(description=_NAME, examples=[Example(id="name", value="fire")])
        ],
    ) -> Response[Affinity] | Response[None]:
        """Say what an attack of one type does to a defender of one type."""
        pair = (
            type_parameter(catalogue, "attacking", attacking),
            type_parameter(catalogue, "defending", defending),
        )
        return answer(request, catalogue, catalogue.affinity[pair])

    @get(
        "/{id:str}/pokemon",
        operation_id="listPokemonOfTypeId",
        summary="List the Pokémon of a type, by its id",
        responses=catalogued(PokemonPage, kinds.UNKNOWN_TYPE, example=examples.POKEMON_PAGE),
    )
    async def list_pokemon_of_type_id(
        self,
        request: Request[Any, Any, Any],
        catalogue: NamedDependency[SkipValidation[Catalogue]],
        part: AskedPart,
        id: Annotated[  # noqa: A002  # the path's own word
            int,
            PathParameter(
                ge=1,
                le=2**15 - 1,
                description="Id of the type",
                examples=[Example(id="water", value=11)],
            ),
        ],
    ) -> Response[PokemonPage] | Response[None]:
        """List the forms that have the type, by id."""
        items = catalogue.pokemon_of_type[catalogue.type_id(str(id))]
        return answer(request, catalogue, part.of(PokemonPage, items))

    @get(
        "/by-name/{name:str}/pokemon",
        operation_id="listPokemonOfType",
        summary="List the Pokémon of a type, by its name",
        responses=catalogued(PokemonPage, kinds.UNKNOWN_TYPE, example=examples.POKEMON_PAGE),
    )
    async def list_pokemon_of_type(
        self,
        request: Request[Any, Any, Any],
        catalogue: NamedDependency[SkipValidation[Catalogue]],
        part: AskedPart,
        name: Annotated[
            str,
            PathParameter(
                description=_NAME,
                examples=[Example(id="english", value="water"), Example(id="french", value="eau")],
            ),
        ],
    ) -> Response[PokemonPage] | Response[None]:
        """List the forms that have the type, by id."""
        items = catalogue.pokemon_of_type[catalogue.type_id(name)]
        return answer(request, catalogue, part.of(PokemonPage, items))
