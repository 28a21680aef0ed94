"""A prediction through the whole application, with the released champion."""

from __future__ import annotations

import math
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from app.predictions import service as prediction_service
from app.predictions.service import SLOW_TOLD
from features.contract import FEATURE_NAMES
from inference.scoring import Duel, score

if TYPE_CHECKING:
    import httpx
    from opentelemetry.sdk.trace import ReadableSpan

    from app.served_dex import ServedDex
    from capture.fakes import InMemoryCapture
    from inference.predictor import Predictor
    from telemetry.in_memory import InMemoryTelemetry

BODY = {
    "pokemon_a_id": 6,
    "pokemon_b_id": 9,
    "available_moves": ["Slash", "lance-flammes", "SEISME", "slash"],
    "available_moves_b": ["Surf", "Ice Beam"],
}
SLASH, FLAMETHROWER, EARTHQUAKE, SURF, ICE_BEAM = 163, 53, 89, 57, 58


async def test_the_answer_is_what_the_model_says_of_the_features(
    client: httpx.AsyncClient, dex: ServedDex, champion: Predictor
) -> None:
    """Probabilities are those of the champion for the same duel, to the last bit."""
    answer = (await client.post("/predict/best-move", json=BODY)).raise_for_status().json()
    duel = Duel(6, 9, (FLAMETHROWER, EARTHQUAKE, SLASH), (SURF, ICE_BEAM))
    (scores,) = score(dex.frames, champion, [duel])
    expected = dict(
        zip(("Flamethrower", "Earthquake", "Slash"), scores.win_probabilities, strict=True)
    )
    said = {move["move_name"]: move["win_probability"] for move in answer["all_moves"]}
    assert said == expected
    assert answer["win_probability"] == max(expected.values())
    assert all(
        move["predicted_winner"] == ("A" if move["win_probability"] >= 0.5 else "B")
        for move in answer["all_moves"]
    )


async def test_order_and_repetition_of_moves_change_nothing(client: httpx.AsyncClient) -> None:
    """Over HTTP too: the same moves in any order, one of them twice, get the same answer."""
    plain = (await client.post("/predict/best-move", json=BODY)).raise_for_status().json()
    assert len(plain["all_moves"]) == 3
    for own, foe in (
        (["earthquake", "Slash", "Flamethrower"], ["Ice Beam", "Surf"]),
        (["Flamethrower", "Earthquake", "Earthquake", "SLASH"], ["Laser Glace", "Surf", "surf"]),
    ):
        body = BODY | {"available_moves": own, "available_moves_b": foe}
        other = (await client.post("/predict/best-move", json=body)).raise_for_status().json()
        assert other | {"prediction_id": ""} == plain | {"prediction_id": ""}


async def test_the_score_is_the_whole_expected_damage(client: httpx.AsyncClient) -> None:
    """Snorlax' Explosion does 577 HP to an Abra of 100: nothing is held at what B has."""
    body = {"pokemon_a_id": 143, "pokemon_b_id": 63, "available_moves": ["Explosion"]}
    answer = (await client.post("/predict/best-move", json=body)).raise_for_status().json()
    assert answer["all_moves"][0]["score"] == 577.2


async def test_an_answered_prediction_is_captured_and_counted(
    client: httpx.AsyncClient,
    capture: InMemoryCapture,
    observed: InMemoryTelemetry,
    dex: ServedDex,
    champion: Predictor,
) -> None:
    """One row: the recommended move's features, the moves as asked for, all probabilities."""
    answer = (await client.post("/predict/best-move", json=BODY)).raise_for_status().json()
    (row,) = capture.predictions
    assert row.prediction_id == answer["prediction_id"]
    assert row.available_moves == ["slash", "flamethrower", "earthquake"]
    assert row.available_moves_b == ["surf", "ice-beam"]
    said = {move["move_name"]: move["win_probability"] for move in answer["all_moves"]}
    assert row.win_probabilities == [said[name] for name in ("Slash", "Flamethrower", "Earthquake")]
    assert row.recommended_move == answer["recommended_move"].lower()
    duel = Duel(6, 9, (FLAMETHROWER, EARTHQUAKE, SLASH), (SURF, ICE_BEAM))
    (scores,) = score(dex.frames, champion, [duel])
    best = ["Flamethrower", "Earthquake", "Slash"].index(answer["recommended_move"])
    assert row.features == scores.rows[best].tobytes()
    assert len(row.features) == 4 * len(FEATURE_NAMES)
    assert observed.values("model_predictions") == {("v1",): 1}


async def test_a_refused_request_is_neither_captured_nor_counted(
    client: httpx.AsyncClient, capture: InMemoryCapture, observed: InMemoryTelemetry
) -> None:
    """Unknown names and ids leave no trace in the data of production."""
    refused = BODY | {"available_moves": ["Slash", "Slsh"]}
    assert (await client.post("/predict/best-move", json=refused)).status_code == 422
    refused = BODY | {"pokemon_b_id": 4242}
    assert (await client.post("/predict/best-move", json=refused)).status_code == 404
    assert not capture.predictions
    assert not observed.values("model_predictions")


async def test_a_trace_tells_how_the_answer_came_about(
    client: httpx.AsyncClient, capture: InMemoryCapture, observed: InMemoryTelemetry
) -> None:
    """Server span over features, predict and capture; request and batch link each other."""
    await client.post("/predict/best-move", json=BODY)
    spans = {span.name: span for span in observed.spans()}
    server = spans["POST /predict/best-move"]
    batch = spans["predict batch"]
    for name in ("features", "predict", "capture"):
        assert _parent(spans[name]) == _id(server)
    for name in ("features", "predict"):
        assert [link.context.span_id for link in spans[name].links] == [_id(batch)]
        assert (spans[name].attributes or {})["dexwatch.model.version"] == "v1"
        assert (spans[name].attributes or {})["dexwatch.batch.rows"] == 3
    assert [link.context.span_id for link in batch.links] == [_id(server)]
    order = [spans[name].start_time or 0 for name in ("features", "predict", "capture")]
    assert order == sorted(order)
    (row,) = capture.predictions
    assert server.context is not None
    assert row.trace_id == f"{server.context.trace_id:032x}"


@pytest.mark.parametrize("observed", [{"share": 0, "per_second": 0}], indirect=True)
async def test_when_everything_is_slow_few_are_told_in_full(
    client: httpx.AsyncClient, observed: InMemoryTelemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of requests that have their server span, so many a second have the spans beneath it."""
    monkeypatch.setattr(prediction_service, "SLOW_SECONDS", 0.0)
    began = time.monotonic()
    for _ in range(3 * SLOW_TOLD):
        await client.post("/predict/best-move", json=BODY)
    seconds = math.ceil(time.monotonic() - began) + 1
    spans = Counter(span.name for span in observed.spans())
    assert spans["POST /predict/best-move"] == 3 * SLOW_TOLD
    assert SLOW_TOLD <= spans["features"] == spans["capture"] <= seconds * SLOW_TOLD


def _id(span: ReadableSpan) -> int:
    assert span.context is not None
    return span.context.span_id


def _parent(span: ReadableSpan) -> int:
    assert span.parent is not None
    return span.parent.span_id
