"""Predictions as the documentation shows them; tests hold them against the released champion."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar.openapi.spec import Example

from app.predictions.feedback_schema import FeedbackResponse
from app.predictions.schema import (
    BatchResponse,
    BestMoveResponse,
    CalibrationBin,
    ModelInfo,
    MoveScore,
)
from app.problems import schema as kinds
from app.problems.schema import Fault, Problem

REQUEST: Final[Any] = {
    "pokemon_a_id": 1,
    "pokemon_b_id": 25,
    "available_moves": ["Surf", "Ice Beam", "Earthquake"],
}
_FRENCH: Final[Any] = {
    "pokemon_a_id": 9,
    "pokemon_b_id": 6,
    "available_moves": ["Surf", "Laser Glace"],
    "available_moves_b": ["Lance-Flammes"],
}
REQUESTS: Final = [
    Example(id="english", summary="Names in English", value=REQUEST),
    Example(id="french", summary="Names in French, and what B has", value=_FRENCH),
]
ANSWER: Final = BestMoveResponse(
    prediction_id="019aa5f4-77a0-7c3e-9a3f-6f1d3f7d2f4e",
    pokemon_a_id=1,
    pokemon_a_name="Bulbasaur",
    pokemon_b_id=25,
    pokemon_b_name="Pikachu",
    recommended_move="Earthquake",
    win_probability=0.98,
    model_version="v1",
    all_moves=[
        MoveScore(
            move_name="Earthquake",
            move_type="Ground",
            move_power=100,
            effective_power=200.0,
            type_multiplier=2.0,
            stab=1.0,
            priority=0,
            score=96.2,
            win_probability=0.98,
            predicted_winner="A",
            learnable=False,
        ),
        MoveScore(
            move_name="Surf",
            move_type="Water",
            move_power=90,
            effective_power=90.0,
            type_multiplier=1.0,
            stab=1.0,
            priority=0,
            score=45.32,
            win_probability=0.98,
            predicted_winner="A",
            learnable=False,
        ),
        MoveScore(
            move_name="Ice Beam",
            move_type="Ice",
            move_power=90,
            effective_power=90.0,
            type_multiplier=1.0,
            stab=1.0,
            priority=0,
            score=45.32,
            win_probability=0.98,
            predicted_winner="A",
            learnable=False,
        ),
    ],
)

FEEDBACK: Final[Any] = {"prediction_id": ANSWER.prediction_id, "winner": "A"}
FEEDBACKS: Final = [Example(id="won", summary="A has won", value=FEEDBACK)]
FEEDBACK_ANSWER: Final = FeedbackResponse(
    prediction_id=UUID(ANSWER.prediction_id),
    winner="A",
    received_at=datetime(2025, 11, 21, 14, 3, 7, 120_000, UTC),
    predicted_at=datetime(2025, 11, 21, 14, 0, 32, 160_000, UTC),
    model_version="v1",
    win_probability=0.98,
)

BATCH_REQUEST: Final[Any] = {
    "predictions": [
        REQUEST,
        {"pokemon_a_id": 4242, "pokemon_b_id": 25, "available_moves": ["Surf"]},
    ]
}
BATCHES: Final = [
    Example(
        id="two", summary="Two requests, the second for no Pokémon there is", value=BATCH_REQUEST
    )
]
_UNKNOWN: Final = kinds.UNKNOWN_POKEMON
REFUSED: Final = Problem(
    type=_UNKNOWN.type,
    title=_UNKNOWN.title,
    status=_UNKNOWN.status,
    detail=f"There is no Pokémon with the id 4242. {_UNKNOWN.remedy}",
    errors=[Fault(detail="no Pokémon has this id", pointer="#/pokemon_a_id")],
)
BATCH_ANSWER: Final = BatchResponse(
    results=[msgspec.Raw(msgspec.json.encode(element)) for element in (ANSWER, REFUSED)]
)

MODEL_INFO: Final = ModelInfo(
    name="dexwatch",
    version="v1",
    alias="champion",
    features=["a_hp", "a_attack"],
    features_contract="3-0123abcd",
    metrics={"closed_hit": 0.985, "closed_regret": 0.004},
    calibration=[CalibrationBin(rows=401, predicted=0.749, won=0.752)],
    training_data={"sha256": "9f86d081", "rows": 358862, "games": 13601296},
    parameters={"iterations": 600, "depth": 6},
    trained_at="2026-11-23T12:00:00+00:00",
    card="# Model card: Dexwatch win probability",
)
