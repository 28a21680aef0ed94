"""Explanations over HTTP, by the released champion."""

from __future__ import annotations

import asyncio
import threading
from math import exp
from typing import TYPE_CHECKING, Any

import pytest
from tests.waiting import LONGEST_SECONDS, until

from app.explanations import service
from app.explanations.service import MOST_WAITING

if TYPE_CHECKING:
    import httpx

    from capture.fakes import InMemoryCapture
    from telemetry.in_memory import InMemoryTelemetry

GUIDE: dict[str, Any] = {
    "pokemon_a_id": 1,
    "pokemon_b_id": 25,
    "available_moves": ["Surf", "Ice Beam", "Earthquake"],
}


async def test_reasons_and_features_add_up(client: httpx.AsyncClient) -> None:
    """Log-odds sum to the prediction's, points to its distance from the base, by either list."""
    answer = (await client.post("/predict/explain", json=GUIDE)).raise_for_status().json()
    base = answer["base_log_odds"]
    assert answer["base_probability"] == pytest.approx(1 / (1 + exp(-base)))
    for move in answer["moves"]:
        by_subject = sum(reason["log_odds"] for reason in move["reasons"])
        by_feature = sum(feature["log_odds"] for feature in move["features"])
        assert by_subject == pytest.approx(by_feature, abs=1e-6)
        exact = 1 / (1 + exp(-(base + by_subject)))
        assert exact == pytest.approx(move["exact_probability"], abs=1e-6)
        assert move["win_probability"] == round(exact, 2)
        points = sum(reason["points"] for reason in move["reasons"])
        assert points == pytest.approx(100 * (exact - answer["base_probability"]), abs=1e-6)


async def test_it_agrees_with_the_prediction(client: httpx.AsyncClient) -> None:
    """The same moves in the same order with the same probabilities."""
    predicted = (await client.post("/predict/best-move", json=GUIDE)).json()
    explained = (await client.post("/predict/explain", json=GUIDE)).json()
    assert explained["recommended_move"] == predicted["recommended_move"]
    assert [(move["move_name"], move["win_probability"]) for move in explained["moves"]] == [
        (move["move_name"], move["win_probability"]) for move in predicted["all_moves"]
    ]


async def test_it_speaks_the_language_of_the_caller(client: httpx.AsyncClient) -> None:
    """Earthquake's double damage is said in English and in French."""
    said = {}
    for language in ("en", "fr"):
        answer = await client.post(
            "/predict/explain", json=GUIDE, headers={"Accept-Language": language}
        )
        assert answer.headers["content-language"] == language
        said[language] = answer.text
    assert "Earthquake hits Electric for double damage: " in said["en"]
    assert "Séisme touche Électrik avec une efficacité double" in said["fr"]


POWERLESS = [
    (94, "Night Shade", 65, ["Night Shade takes 38% of Alakazam's HP on average"]),
    (94, "Psywave", 65, ["Psywave takes 38% of Alakazam's HP on average"]),
    (68, "Seismic Toss", 143, ["Seismic Toss takes 21% of Snorlax's HP on average"]),
    (68, "Seismic Toss", 94, ["Seismic Toss does not affect Ghost/Poison"]),
    (68, "Counter", 143, ["Counter gives back the damage that Snorlax does"]),
    (20, "Super Fang", 143, ["Super Fang takes 45% of Snorlax's HP on average"]),
    (
        20,
        "Guillotine",
        143,
        ["Guillotine knocks Snorlax out if it hits", "One use knocks Snorlax out 30% of the time"],
    ),
]


@pytest.mark.parametrize(("a", "move", "b", "said"), POWERLESS)
async def test_damage_without_power_heeds_no_type(
    client: httpx.AsyncClient, a: int, move: str, b: int, said: list[str]
) -> None:
    """Neither a multiplier nor the same-type bonus is said of it; that it has no effect is."""
    asked = {"pokemon_a_id": a, "pokemon_b_id": b, "available_moves": [move]}
    answer = (await client.post("/predict/explain", json=asked)).raise_for_status().json()
    (attack,) = [
        reason for reason in answer["moves"][0]["reasons"] if reason["subject"] == "attack"
    ]
    assert [attack["text"].rpartition(":")[0], *attack["details"]] == said


async def test_an_explanation_is_no_prediction(
    client: httpx.AsyncClient, capture: InMemoryCapture, observed: InMemoryTelemetry
) -> None:
    """It is neither captured nor counted."""
    (await client.post("/predict/explain", json=GUIDE)).raise_for_status()
    assert not capture.predictions
    assert not observed.values("model_predictions")


async def test_bad_requests_are_refused_like_predictions(client: httpx.AsyncClient) -> None:
    """Unknown names and ids get the same problems."""
    assert (
        await client.post("/predict/explain", json=GUIDE | {"pokemon_a_id": 4242})
    ).status_code == 404
    refused = await client.post("/predict/explain", json=GUIDE | {"available_moves": ["Surff"]})
    assert refused.status_code == 422
    assert "Surf" in refused.json()["suggestions"]


async def test_explanations_cannot_starve_predictions(
    client: httpx.AsyncClient, observed: InMemoryTelemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the budget explanations are refused at once; predictions go on meanwhile."""
    predicted_by_then = threading.Event()

    def explain(*asked: Any) -> Any:
        assert predicted_by_then.wait(LONGEST_SECONDS)
        return really(*asked)

    really = service.explain
    monkeypatch.setattr(service, "explain", explain)
    many = [client.post("/predict/explain", json=GUIDE) for _ in range(3 * MOST_WAITING)]
    explaining = asyncio.gather(*many)
    pending = {(): MOST_WAITING}
    await until(lambda: observed.values("model_explanations_pending") == pending)
    predicted = await client.post("/predict/best-move", json=GUIDE)
    assert predicted.status_code == 200
    assert observed.values("model_explanations_pending") == pending
    predicted_by_then.set()
    answers = await explaining
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) == MOST_WAITING
    assert statuses.count(503) == 2 * MOST_WAITING
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 503)
    assert observed.values("model_explanations_refused") == {(): 2 * MOST_WAITING}
    assert observed.values("model_explanations_pending") == {(): 0}
