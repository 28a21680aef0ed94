"""The catalogue's answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import polars as pl
import pytest

from app.catalogue.schema import (
    Affinity,
    AffinityPage,
    MoveDetail,
    MovePage,
    PokemonDetail,
    PokemonPage,
    PokemonWeaknesses,
    TypePage,
)
from app.context import DexState
from app.served_dex import ServedDex

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from features.dex import Dex

    Connect = Callable[..., httpx.AsyncClient]

FRENCH = {"Accept-Language": "fr"}


async def test_forms_come_by_id_with_their_types(client: httpx.AsyncClient) -> None:
    """The list holds every form once, ordered by id."""
    response = await client.get("/pokemon")
    page = msgspec.json.decode(response.content, type=PokemonPage)
    assert response.status_code == 200
    assert (page.total, page.limit, page.offset) == (4, 50, 0)
    assert [item.id for item in page.items] == [7, 25, 26, 10034]
    assert [kind.name for kind in page.items[3].types] == ["Fire", "Ground"]


@pytest.mark.parametrize(
    ("query", "ids", "total"),
    [
        ("limit=2", [7, 25], 4),
        ("limit=2&offset=3", [10034], 4),
        ("offset=4", [], 4),
        ("offset=1000000&limit=200", [], 4),
        ("type=electric", [25, 26], 2),
        ("type=%C3%89LECTRIK&limit=1", [25], 2),
        ("type=13&offset=1", [26], 2),
        ("kind=mega", [10034], 1),
        ("kind=alola", [], 0),
        ("kind=base&type=Eau", [7], 1),
    ],
)
async def test_lists_are_cut_and_filtered(
    client: httpx.AsyncClient, query: str, ids: list[int], total: int
) -> None:
    """The answer holds the asked part of the asked forms, and counts all of those."""
    page = msgspec.json.decode((await client.get(f"/pokemon?{query}")).content, type=PokemonPage)
    assert ([item.id for item in page.items], page.total) == (ids, total)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("chu", [25, 26]),
        ("PIKA", [25]),
        ("cara", [7]),
        ("Squirt", [7]),
        ("méga dracaufeu", [10034]),
        ("mega-CHARIZARD x", [10034]),
        ("r", [26, 7, 10034]),
        ("nothing", []),
        ("!", []),
    ],
)
async def test_forms_are_found_in_both_languages(
    client: httpx.AsyncClient, text: str, ids: list[int]
) -> None:
    """Any spelling of a part of a name finds the form, names that begin with it first."""
    response = await client.get("/pokemon/search", params={"q": text})
    page = msgspec.json.decode(response.content, type=PokemonPage)
    assert [item.id for item in page.items] == ids


async def test_a_form_is_told_in_full(client: httpx.AsyncClient) -> None:
    """Stats at level 50, weight and the ways to each move are those of the game."""
    response = await client.get("/pokemon/26")
    raichu = msgspec.json.decode(response.content, type=PokemonDetail)
    assert raichu.weight_kg == 30.0
    assert msgspec.structs.astuple(raichu.base_stats) == (60, 90, 55, 90, 80, 110)
    # Hit points: (2 * 60 + 131) // 2 + 10; speed: ((2 * 110 + 31) // 2 + 5) * 102 // 100.
    assert raichu.stats_at_level_50.hp == 135
    assert raichu.stats_at_level_50.speed == 132
    assert [
        (move.name, way.method, way.level, way.inherited_from)
        for move in raichu.moves
        for way in move.learned
    ] == [("Thunder Wave", "level", 18, 25), ("Thunderbolt", "machine", None, None)]


async def test_weaknesses_multiply_both_types(client: httpx.AsyncClient) -> None:
    """Each attacking type counts against both types of the form, the worst first."""
    response = await client.get("/pokemon/10034/weaknesses")
    told = msgspec.json.decode(response.content, type=PokemonWeaknesses)
    assert [(hit.attacking_type.identifier, hit.multiplier) for hit in told.weaknesses] == [
        ("water", 4.0),
        ("ground", 2.0),
        ("fire", 0.5),
        ("electric", 0.0),
    ]


async def test_moves_are_listed_found_and_told(client: httpx.AsyncClient) -> None:
    """Moves come by id, by category, by type, by name, and one in full."""

    async def ids(path: str) -> list[int]:
        response = await client.get(path)
        return [item.id for item in msgspec.json.decode(response.content, type=MovePage).items]

    assert await ids("/moves") == [57, 85, 86, 89]
    assert await ids("/moves?category=status") == [86]
    assert await ids("/moves/by-type/electric?limit=1&offset=1") == [86]
    assert await ids("/moves/by-type/%C3%A9lectrik") == [85, 86]
    assert await ids("/moves/by-type/11") == [57]
    assert await ids("/moves/search?q=cage eclair") == [86]
    assert await ids("/moves/search?q=thunder") == [85, 86]
    wave = msgspec.json.decode((await client.get("/moves/id/86")).content, type=MoveDetail)
    assert wave.ailment is not None
    assert (wave.ailment.name, wave.ailment.chance) == ("paralysis", 100)
    assert wave.stage_change is None
    assert [item.id for item in wave.learned_by] == [25, 26]


async def test_the_type_chart_is_told(client: httpx.AsyncClient) -> None:
    """Types, the whole chart, one entry of it, and the forms of a type by id and by name."""
    types = msgspec.json.decode((await client.get("/types")).content, type=TypePage)
    assert [kind.name for kind in types.items] == ["Ground", "Fire", "Water", "Electric"]
    chart = msgspec.json.decode((await client.get("/types/affinities")).content, type=AffinityPage)
    assert chart.total == len(chart.items) == 16
    response = await client.get("/types/affinities/by-name?attacking=eau&defending=10")
    entry = msgspec.json.decode(response.content, type=Affinity)
    assert (entry.attacking.name, entry.defending.name, entry.multiplier) == ("Water", "Fire", 2.0)
    for path in ("/types/13/pokemon", "/types/by-name/electrik/pokemon"):
        page = msgspec.json.decode((await client.get(path)).content, type=PokemonPage)
        assert [item.id for item in page.items] == [25, 26]


async def test_names_come_in_french(client: httpx.AsyncClient) -> None:
    """With French accepted every name in an answer is French, and the headers say so."""
    response = await client.get("/pokemon/7", headers=FRENCH)
    carapuce = msgspec.json.decode(response.content, type=PokemonDetail)
    assert (carapuce.name, carapuce.types[0].name) == ("Carapuce", "Eau")
    assert (carapuce.names.en, carapuce.names.fr) == ("Squirtle", "Carapuce")
    assert response.headers["Content-Language"] == "fr"
    assert response.headers["Vary"] == "Accept-Language"
    english = await client.get("/pokemon/7")
    assert english.headers["Content-Language"] == "en"
    assert english.json()["name"] == "Squirtle"


async def test_what_a_client_has_is_not_sent_again(client: httpx.AsyncClient) -> None:
    """A known tag answers 304 without a body; another language or tag answers in full."""
    first = await client.get("/moves")
    tag = first.headers["ETag"]
    for known in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = await client.get("/moves", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag
    for headers in ({"If-None-Match": '"other"'}, {"If-None-Match": tag, **FRENCH}):
        assert (await client.get("/moves", headers=headers)).status_code == 200


async def test_a_new_dex_is_served_at_once(connect: Connect, small_dex: Dex) -> None:
    """A dex that takes the other's place answers the next request, under another tag."""
    state = DexState(ServedDex.prepare(small_dex))
    client = connect(dex=state)
    before = await client.get("/moves/id/57")
    stronger = replace(
        small_dex,
        moves=small_dex.moves.with_columns(power=pl.col("power") + pl.lit(1, pl.Int16)),
        version="stronger",
    )
    state.swap(ServedDex.prepare(stronger))
    after = await client.get("/moves/id/57", headers={"If-None-Match": before.headers["ETag"]})
    assert (before.json()["power"], after.json()["power"]) == (90, 91)


@pytest.mark.parametrize(
    "path",
    [
        "/moves?category=null",
        "/pokemon?kind=null",
        "/pokemon?type=null",
        "/moves?limit=1&limit=2",
        "/pokemon?kind=base&limit=1&kind=base",
        "/types/affinities/by-name?attacking=water&attacking=fire&defending=fire",
    ],
)
async def test_a_query_says_each_thing_once_and_in_its_own_words(
    client: httpx.AsyncClient, path: str
) -> None:
    """Neither the word null nor a name that stands twice is taken for something else."""
    answer = await client.get(path)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/invalid-parameter"
