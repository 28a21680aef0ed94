"""A small dex made by hand, and the application over it without a server."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import polars as pl
import pytest
from tests import serving

from app.factory import create_app
from app.served_dex import ServedDex
from config.settings import ServerSettings
from features.dex import TABLES, Dex
from telemetry.in_memory import InMemoryTelemetry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from litestar import Litestar

    from app.context import AppContext

MOST_BODY_BYTES = 4096

_TYPES = (
    (5, "ground", "Ground", "Sol"),
    (10, "fire", "Fire", "Feu"),
    (11, "water", "Water", "Eau"),
    (13, "electric", "Electric", "Électrik"),
)
_STRONG = {(5, 10), (5, 13), (10, 10), (11, 5), (11, 10), (13, 11)}
_WEAK = {(10, 10), (10, 11), (11, 11), (13, 13)}

_FORMS = (
    # id, names, species, kind, types, stats, weight
    (25, "pikachu", "Pikachu", "Pikachu", 25, "base", 13, None, 35, 55, 40, 50, 50, 90, 60),
    (26, "raichu", "Raichu", "Raichu", 26, "base", 13, None, 60, 90, 55, 90, 80, 110, 300),
    (7, "squirtle", "Squirtle", "Carapuce", 7, "base", 11, None, 44, 48, 65, 50, 64, 43, 90),
    (
        10034,
        "charizard-mega-x",
        "Mega Charizard X",
        "Méga-Dracaufeu X",
        6,
        "mega",
        10,
        5,
        *(78, 130, 111, 130, 85, 100, 1105),
    ),
)
_MOVES = (
    (57, "surf", "Surf", "Surf", 11, "special", 90),
    (85, "thunderbolt", "Thunderbolt", "Tonnerre", 13, "special", 90),
    (86, "thunder-wave", "Thunder Wave", "Cage Éclair", 13, "status", 0),
    (89, "earthquake", "Earthquake", "Séisme", 5, "physical", 100),
)
_LEARNSET = (
    (25, 86, "level", 18, 25),
    (25, 85, "machine", None, 25),
    (25, 57, "gift", None, 25),
    (26, 86, "level", 18, 25),
    (26, 85, "machine", None, 26),
    (7, 57, "machine", None, 7),
    (10034, 89, "machine", None, 10034),
)


def _frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(TABLES[table]))


def _multiplier(attacking: int, defending: int) -> float:
    pair = (attacking, defending)
    return 0.5 if pair in _WEAK else 2.0 if pair in _STRONG else 0.0 if pair == (13, 5) else 1.0


def _move(row: tuple[Any, ...]) -> dict[str, Any]:
    move_id, identifier, name_en, name_fr, type_id, category, power = row
    paralyses = identifier == "thunder-wave"
    neutral = {
        name: "none" if dtype == pl.String() else False if dtype == pl.Boolean() else 0
        for name, dtype in TABLES["moves"].items()
    }
    return neutral | {
        "move_id": move_id,
        "showdown": identifier.replace("-", ""),
        "identifier": identifier,
        "name_en": name_en,
        "name_fr": name_fr,
        "type_id": type_id,
        "category": category,
        "power": power,
        "accuracy": 90 if paralyses else 100,
        "pp": 15,
        "damage_rule": "none" if paralyses else "standard",
        "min_hits": 1,
        "max_hits": 1,
        "ailment": "paralysis" if paralyses else "none",
        "ailment_chance": 100 if paralyses else 0,
    }


@pytest.fixture(scope="session")
def small_dex() -> Dex:
    """Give four forms, four moves and four types."""
    form_columns = [name for name in TABLES["forms"] if name != "showdown"]
    return Dex(
        types=_frame(
            "types",
            [dict(zip(TABLES["types"], row, strict=True)) for row in _TYPES],
        ),
        type_affinities=_frame(
            "type_affinities",
            [
                {
                    "attacking_type_id": attacking,
                    "defending_type_id": defending,
                    "multiplier": _multiplier(attacking, defending),
                }
                for attacking, *_ in _TYPES
                for defending, *_ in _TYPES
            ],
        ),
        forms=_frame(
            "forms",
            [
                {"showdown": row[1].replace("-", ""), **dict(zip(form_columns, row, strict=True))}
                for row in sorted(_FORMS)
            ],
        ),
        moves=_frame("moves", [_move(row) for row in _MOVES]),
        learnset=_frame(
            "learnset", [dict(zip(TABLES["learnset"], row, strict=True)) for row in _LEARNSET]
        ),
        version="small",
    )


@pytest.fixture(scope="session")
def served(small_dex: Dex) -> ServedDex:
    """Give the small dex as it is served."""
    return ServedDex.prepare(small_dex)


@pytest.fixture(scope="session")
def context(served: ServedDex) -> Iterator[AppContext]:
    """Give a service in health: the small dex, and a model only in name."""
    memory = InMemoryTelemetry.create()
    settings = ServerSettings(max_body_bytes=MOST_BODY_BYTES)
    yield serving.context(served, memory.telemetry, settings=settings)
    memory.telemetry.shutdown()


@pytest.fixture(scope="session")
def app(context: AppContext) -> Litestar:
    """Give the application in health."""
    return create_app(context)


def _client(app: Litestar) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # Litestar's own ASGI types
    return httpx.AsyncClient(transport=transport, base_url="http://service")


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the application in health."""
    async with _client(app) as client:
        yield client


@pytest.fixture
async def connect(
    context: AppContext,
) -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    """Give ``connect(**changes)``: a client of an application over a changed context."""
    async with AsyncExitStack() as stack:

        def _connect(**changes: Any) -> httpx.AsyncClient:
            client = _client(create_app(replace(context, **changes)))
            stack.push_async_callback(client.aclose)
            return client

        yield _connect
