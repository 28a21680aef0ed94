"""Batches over HTTP, by the released champion: each element by itself, as if it came alone."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Final

import msgspec
import polars as pl
import pytest

from app.language import Language
from app.predictions.batches import MOST_AT_ONCE, BatchService
from app.predictions.schema import MOST_ELEMENTS
from app.predictions.service import PredictionService
from capture.fakes import InMemoryCapture
from etl.snapshot import load_dex
from features.matchup_frames import MatchupFrames
from inference.batcher import CHUNK_MOVES, Batcher, NoModelError
from inference.lane import OverloadedError
from telemetry.instruments import (
    BatchingInstruments,
    ModelInstruments,
    QuestionInstruments,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    import httpx

    from app.served_dex import ServedDex
    from capture.record import CapturedPrediction
    from inference.predictor import Predictor
    from telemetry.in_memory import InMemoryTelemetry

BATCH: Final = "/predict/best-move/batch"
SINGLE: Final = "/predict/best-move"
JSON: Final = "application/json"
GUIDE: Final[dict[str, Any]] = {
    "pokemon_a_id": 1,
    "pokemon_b_id": 25,
    "available_moves": ["Surf", "Ice Beam", "Earthquake"],
}
KNOWN: Final[dict[str, Any]] = {
    "pokemon_a_id": 9,
    "pokemon_b_id": 6,
    "available_moves": ["Laser Glace", "Surf"],
    "available_moves_b": ["Lance-Flammes"],
}
REFUSED: Final[tuple[Any, ...]] = (
    GUIDE | {"pokemon_a_id": 4242},
    GUIDE | {"pokemon_b_id": "25"},
    GUIDE | {"available_moves": ["Surf", "Erthquake"]},
    GUIDE | {"available_moves_b": ["Erthquake"]},
    GUIDE | {"available_moves": []},
    GUIDE | {"available_moves": ["Surf"] * 21},
    GUIDE | {"wheather": "rain"},
    {"pokemon_a_id": 1},
    {},
    None,
    "Surf",
    [1, 25],
    4.5,
)


def _without_id(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "prediction_id"}


async def _results(client: httpx.AsyncClient, elements: list[Any], **headers: str) -> list[Any]:
    answer = await client.post(BATCH, json={"predictions": elements}, headers=headers)
    results: list[Any] = answer.raise_for_status().json()["results"]
    return results


async def test_each_element_gets_what_it_would_get_alone(client: httpx.AsyncClient) -> None:
    """Answers and problems stand in the order of the requests and are those of the endpoint."""
    elements = [GUIDE, *REFUSED, KNOWN, GUIDE]
    results = await _results(client, elements)
    assert len(results) == len(elements)
    for element, result in zip(elements, results, strict=True):
        alone = await client.post(
            SINGLE, content=msgspec.json.encode(element), headers={"Content-Type": JSON}
        )
        assert _without_id(result) == _without_id(alone.json())
        if alone.status_code != 200:
            assert result["status"] == alone.status_code
    assert "status" not in results[0]
    assert {result["status"] for result in results[1:-2]} == {404, 422}


async def test_names_follow_the_language(client: httpx.AsyncClient) -> None:
    """The whole batch is answered in the language of its one header."""
    (result,) = await _results(client, [GUIDE], **{"Accept-Language": "fr"})
    assert result["pokemon_a_name"] == "Bulbizarre"
    assert result["recommended_move"] == "Séisme"


async def test_only_answered_elements_are_predictions(
    client: httpx.AsyncClient, capture: InMemoryCapture, observed: InMemoryTelemetry
) -> None:
    """Each has an id of its own, is captured under it and counted; refused ones leave no trace."""
    results = await _results(client, [GUIDE, *REFUSED, KNOWN] * 20)
    answered = [result["prediction_id"] for result in results if "prediction_id" in result]
    assert len(set(answered)) == 40
    assert [row.prediction_id for row in capture.predictions] == answered
    assert capture.predictions[1].available_moves == ["ice-beam", "surf"]
    assert capture.predictions[1].available_moves_b == ["flamethrower"]
    for name in ("model_predictions", "model_prediction_duration", "model_win_probability"):
        assert observed.values(name) == {("v1",): 40}


async def test_a_large_batch_is_scored_in_a_few_parts(
    client: httpx.AsyncClient, observed: InMemoryTelemetry
) -> None:
    """A thousand requests take as many scoring calls as there are chunks, not a thousand."""
    results = await _results(client, [GUIDE] * MOST_ELEMENTS)
    assert len(results) == MOST_ELEMENTS
    assert len({result["prediction_id"] for result in results}) == MOST_ELEMENTS
    assert [span.name for span in observed.spans()].count(f"POST {BATCH}") == 1
    spans = [span for span in observed.spans() if span.name == "predict batch"]
    sizes = [int(str((span.attributes or {})["dexwatch.batch.rows"])) for span in spans]
    assert sum(sizes) == 3 * MOST_ELEMENTS
    assert max(sizes) <= CHUNK_MOVES
    assert len(sizes) == -(-MOST_ELEMENTS // (CHUNK_MOVES // 3))


async def test_the_largest_batch_is_taken(client: httpx.AsyncClient, dex: ServedDex) -> None:
    """A thousand times twenty moves a side, by their longest names, is not too much."""
    names = sorted((move.name(Language.FRENCH) for move in dex.moves.values()), key=len)[-20:]
    largest = {
        "pokemon_a_id": 10034,
        "pokemon_b_id": 10035,
        "available_moves": names,
        "available_moves_b": names,
    }
    results = await _results(client, [largest] * MOST_ELEMENTS)
    assert all(len(result["all_moves"]) == 20 for result in results)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"predictions": [{"pokemon_a_id": ]}', 400),
        (b'{"predictions": [{}], "predictions": [{}]}', 400),
        (b'{"predictions": [1], "predictions": [1, 1]}', 400),
        (b'{"predictions": [1], "\\u0070redictions": [1]}', 400),
        (b'{"predictions": [{"pokemon_a_id": 1}]} {}', 400),
        (b"{}", 422),
        (b"[]", 422),
        (b'{"predictions": []}', 422),
        (b'{"predictions": {}}', 422),
        (b'{"predictions": [{}], "more": 1}', 422),
        (b'{"predictions": [' + b",".join([b"{}"] * (MOST_ELEMENTS + 1)) + b"]}", 422),
        (b" " * (4 * 1024 * 1024 + 1), 413),
    ],
)
async def test_a_body_that_is_no_batch_is_refused_as_a_whole(
    client: httpx.AsyncClient, body: bytes, status: int
) -> None:
    """What is wrong outside of the elements has the status that it has anywhere."""
    answer = await client.post(BATCH, content=body, headers={"Content-Type": JSON})
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "odd",
    [
        b'{"pokemon_a_id": 1, "pokemon_a_id": 4, "pokemon_b_id": 25, "available_moves": ["Surf"]}',
        b'{"pokemon_a_id": 1, "pokemon_b_id": 25, "available_moves": ["\xff"]}',
    ],
)
async def test_json_that_is_odd_within_an_element_is_its_own_affair(
    client: httpx.AsyncClient, odd: bytes
) -> None:
    """A name that stands twice and text that is no UTF-8 refuse the one element, as alone."""
    sound = b'{"pokemon_a_id": 1, "pokemon_b_id": 25, "available_moves": ["Surf"]}'
    answer = await client.post(
        BATCH,
        content=b'{ "predictions" : [ %s , %s ] }' % (odd, sound),
        headers={"Content-Type": JSON},
    )
    refused, answered = answer.raise_for_status().json()["results"]
    alone = await client.post(SINGLE, content=odd, headers={"Content-Type": JSON})
    assert refused == alone.json()
    assert refused["type"] == "/problems/malformed-json"
    assert answered["recommended_move"] == "Surf"


async def test_a_single_request_is_answered_between_two_parts(client: httpx.AsyncClient) -> None:
    """Requests that come while a batch is at work are answered long before it is."""
    finished: list[str] = []

    async def ask(path: str, body: Any) -> None:
        (await client.post(path, json=body)).raise_for_status()
        finished.append(path)

    batch = asyncio.create_task(ask(BATCH, {"predictions": [GUIDE] * MOST_ELEMENTS}))
    await asyncio.sleep(0.02)
    for _ in range(3):
        await ask(SINGLE, GUIDE)
    await batch
    assert finished == [SINGLE] * 3 + [BATCH]


@asynccontextmanager
async def _service(
    predictor: Callable[[], Predictor | None], capture: InMemoryCapture, memory: InMemoryTelemetry
) -> AsyncIterator[BatchService]:
    tracer = memory.telemetry.tracer("test")
    signals = memory.telemetry.signals
    batcher = Batcher(predictor, tracer, BatchingInstruments.create(signals))
    await batcher.start()
    events, quality = ModelInstruments.create(signals), QuestionInstruments.create(signals)
    yield BatchService(PredictionService(batcher, capture, events, quality, tracer))
    await batcher.close()


def _elements(*requests: dict[str, Any]) -> list[msgspec.Raw]:
    return [msgspec.Raw(msgspec.json.encode(request)) for request in requests]


async def test_a_duel_that_breaks_down_stops_no_other(
    dex: ServedDex, champion: Predictor, capture: InMemoryCapture, observed: InMemoryTelemetry
) -> None:
    """It gets the problem of an internal error; the others of its chunk are answered."""
    whole = load_dex()
    lacking = replace(whole, forms=whole.forms.filter(pl.col("form_id") != 6))
    broken = replace(dex, frames=MatchupFrames.prepare(lacking))
    async with _service(lambda: champion, capture, observed) as service:
        results = await service.best_moves(broken, _elements(GUIDE, KNOWN, GUIDE), Language.ENGLISH)
    statuses = [msgspec.json.decode(result).get("status") for result in results]
    assert statuses == [None, 500, None]
    assert len(capture.predictions) == 2


async def test_without_a_model_the_batch_is_refused_as_a_whole(
    dex: ServedDex, capture: InMemoryCapture, observed: InMemoryTelemetry
) -> None:
    """Nothing of it was answered, so it can be sent again as it is."""
    async with _service(lambda: None, capture, observed) as service:
        with pytest.raises(NoModelError):
            await service.best_moves(dex, _elements(GUIDE, KNOWN), Language.ENGLISH)


async def test_one_model_answers_a_whole_batch(
    dex: ServedDex, champion: Predictor, capture: InMemoryCapture, observed: InMemoryTelemetry
) -> None:
    """A model that takes over between two chunks answers no element of the batch."""
    models = chain([champion], repeat(replace(champion, version="v2")))
    async with _service(lambda: next(models), capture, observed) as service:
        results = await service.best_moves(dex, _elements(*[GUIDE] * CHUNK_MOVES), Language.ENGLISH)
    versions = [msgspec.json.decode(result)["model_version"] for result in results]
    assert versions == [champion.version] * CHUNK_MOVES


async def test_what_is_answered_already_is_not_lost(
    dex: ServedDex, champion: Predictor, observed: InMemoryTelemetry
) -> None:
    """When nothing more is taken after the first chunk, only the later elements are refused."""

    class StoppingCapture(InMemoryCapture):
        async def append(self, predictions: Sequence[CapturedPrediction]) -> None:
            await super().append(predictions)
            await service.predictions.batcher.close()

    capture = StoppingCapture()
    async with _service(lambda: champion, capture, observed) as service:
        results = await service.best_moves(dex, _elements(*[GUIDE] * CHUNK_MOVES), Language.ENGLISH)
    statuses = [msgspec.json.decode(result).get("status") for result in results]
    first = CHUNK_MOVES // 3
    assert statuses == [None] * first + [503] * (CHUNK_MOVES - first)
    assert len(capture.predictions) == first


async def test_too_many_batches_at_once_are_refused(
    dex: ServedDex, champion: Predictor, capture: InMemoryCapture, observed: InMemoryTelemetry
) -> None:
    """Beyond the bound a batch is refused at once, and all of it counted; later there is room."""
    async with _service(lambda: champion, capture, observed) as service:
        batches = [
            service.best_moves(dex, _elements(GUIDE, KNOWN, GUIDE), Language.ENGLISH)
            for _ in range(MOST_AT_ONCE + 2)
        ]
        answers = await asyncio.gather(*batches, return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, OverloadedError)]
        assert len(refused) == 2
        assert observed.values("model_refusals")["overload",] == 6
        assert await service.best_moves(dex, _elements(GUIDE), Language.ENGLISH)
