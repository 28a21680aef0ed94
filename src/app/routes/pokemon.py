"""``/pokemon``: the forms."""

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
from app.catalogue.schema import FormKind, PokemonDetail, PokemonPage, PokemonWeaknesses
from app.openapi.documented import catalogued
from app.problems import schema as kinds
from app.routes.query import plain_query
from app.routes.type_parameter import type_parameter

PokemonId = Annotated[
    int,
    PathParameter(
        ge=1,
        le=2**31 - 1,
        description="PokeAPI id of the form: 1 to 151, 808, 809, or a five-digit one",
        examples=[Example(id="pikachu", value=25), Example(id="raichu-alola", value=10100)],
    ),
]


class PokemonController(Controller):
    """The forms of Let's Go."""

    path = "/pokemon"
    guards = (plain_query,)
    tags = ("Pokémon",)

    @get(
        operation_id="listPokemon",
        summary="List Pokémon",
        responses=catalogued(PokemonPage, example=examples.POKEMON_PAGE),
    )
    async def list_pokemon(
        self,
        request: Request[Any, Any, Any],
        catalogue: NamedDependency[SkipValidation[Catalogue]],
        part: AskedPart,
        type_name: Annotated[
            str | None,
            QueryParameter(name="type", description="Only those of this type: its name or its id"),
        ] = None,
        kind: Annotated[FormKind | None, QueryParameter(description="Only forms of a kind")] = None,
    ) -> Response[PokemonPage] | Response[None]:
        """List the forms by id, all or those of a type or kind."""
        items = catalogue.pokemon
        if type_name is not None:
            items = catalogue.pokemon_of_type[type_parameter(catalogue, "type", type_name)]
        if kind is not None:
            items = [item for item in items if item.kind == kind]
        return answer(request, catalogue, part.of(PokemonPage, items))

    @get(
        "/search",
        operation_id="searchPokemon",
        summary="Find Pokémon by name",
        responses=catalogued(PokemonPage, example=examples.POKEMON_PAGE),
    )
    async def search_pokemon(
        self,
        request: Request[Any, Any, Any],
        catalogue: NamedDependency[SkipValidation[Catalogue]],
        part: AskedPart,
        q: SearchText,
    ) -> Response[PokemonPage] | Response[None]:
        """Find forms by a part of their English or French name."""
        found = catalogue.pokemon_search.find(q)
        return answer(request, catalogue, part.of(PokemonPage, found))

    @get(
        "/{id:str}",
        operation_id="getPokemon",
        summary="Get a Pokémon",
        responses=catalogued(PokemonDetail, kinds.UNKNOWN_POKEMON, example=examples.POKEMON_DETAIL),
    )
    async def get_pokemon(
        self,
        request: Request[Any, Any, Any],
        catalogue: NamedDependency[SkipValidation[Catalogue]],
        id: PokemonId,  # noqa: A002  # the path's own word
    ) -> Response[PokemonDetail] | Response[None]:
        """Give stats, types, weight, and every move that the form can know, with the ways to it."""
        return answer(request, catalogue, catalogue.pokemon_detail(id))

    @get(
        "/{id:str}/weaknesses",
        operation_id="getPokemonWeaknesses",
        summary="Get what hits a Pokémon hard",
        responses=catalogued(
            PokemonWeaknesses, kinds.UNKNOWN_POKEMON, example=examples.POKEMON_WEAKNESSES
        ),
    )
    async def get_weaknesses(
        self,
        request: Request[Any, Any, Any],
        catalogue: NamedDependency[SkipValidation[Catalogue]],
        id: PokemonId,  # noqa: A002  # the path's own word
    ) -> Response[PokemonWeaknesses] | Response[None]:
        """Give the multiplier of each attacking type against the form, the highest first."""
        return answer(request, catalogue, catalogue.weaknesses(id))
