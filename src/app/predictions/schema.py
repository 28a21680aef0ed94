"""Requests and answers of the prediction endpoints."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

import msgspec
from msgspec import Meta

PokemonId = Annotated[
    int,
    Meta(ge=1, le=2**31 - 1, description="PokeAPI id of the form", examples=[25]),
]
MoveName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="English or French, whatever the case, accents, hyphens or spaces",
        examples=["Surf"],
    ),
]
MoveNames = Annotated[list[MoveName], Meta(min_length=1, max_length=20)]
Probability = Annotated[float, Meta(ge=0, le=1)]
Side = Literal["A", "B"]

MOST_ELEMENTS: Final = 1000
"""Of a batch."""


class BestMoveRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who fights whom, and what each can use."""

    pokemon_a_id: PokemonId
    pokemon_b_id: PokemonId
    available_moves: Annotated[
        MoveNames, Meta(description="The moves A can choose from; a repeated one counts once")
    ]
    available_moves_b: Annotated[
        MoveNames | None,
        Meta(description="The moves B has; without them B may use any damaging move it can learn"),
    ] = None


class MoveScore(msgspec.Struct, frozen=True, kw_only=True):
    """What to expect when A opens with one move."""

    move_name: str
    move_type: str
    move_power: Annotated[int, Meta(ge=0, description="Base power; 0 where it has none")]
    effective_power: Annotated[
        float, Meta(ge=0, description="Power x same-type bonus x type multiplier against B")
    ]
    type_multiplier: Annotated[float, Meta(ge=0, le=4)]
    stab: Annotated[float, Meta(description="Same-type bonus: 1.5 or 1")]
    priority: int
    score: Annotated[
        float,
        Meta(
            ge=0,
            description="Expected damage of one use, in HP: mean roll, accuracy and number of hits"
            " counted, half for moves that take two turns",
        ),
    ]
    win_probability: Annotated[
        Probability, Meta(description="Probability that A wins when it opens with this move")
    ]
    predicted_winner: Side
    learnable: Annotated[bool, Meta(description="Whether A can learn the move in Let's Go")]


class BestMoveResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: the move to open with, and all moves, best first."""

    prediction_id: str
    pokemon_a_id: int
    pokemon_a_name: str
    pokemon_b_id: int
    pokemon_b_name: str
    recommended_move: str
    win_probability: Probability
    model_version: Annotated[str, Meta(examples=["v1"])]
    all_moves: list[MoveScore]


def _one_of(*structs: str) -> dict[str, object]:
    """Describe a value that is encoded or decoded by itself."""
    references = [{"$ref": f"#/components/schemas/{struct}"} for struct in structs]
    return {"anyOf": references}


class BatchRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Many requests in one."""

    elements: ClassVar = "predictions"

    predictions: Annotated[
        list[Annotated[msgspec.Raw, Meta(extra_json_schema=_one_of("BestMoveRequest"))]],
        Meta(
            min_length=1,
            max_length=MOST_ELEMENTS,
            description="Each is answered or refused by itself, whatever is wrong with another",
        ),
    ]


class BatchResponse(msgspec.Struct, frozen=True, kw_only=True):
    """An answer or a problem for each request of a batch, in their order."""

    results: Annotated[
        list[
            Annotated[msgspec.Raw, Meta(extra_json_schema=_one_of("BestMoveResponse", "Problem"))]
        ],
        Meta(
            description="What POST /predict/best-move would have answered to each: a problem has a"
            " `status`, and its pointers begin at the element"
        ),
    ]


class CalibrationBin(msgspec.Struct, frozen=True, kw_only=True):
    """Judged openings whose win probabilities fall into one tenth of the scale."""

    rows: Annotated[int, Meta(description="How many they are")]
    predicted: Annotated[float, Meta(description="Mean of the win probabilities")]
    won: Annotated[float, Meta(description="Mean share of games that A won")]


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The model that answers."""

    name: str
    version: Annotated[str, Meta(description="The label on every answer", examples=["v1"])]
    alias: str
    features: Annotated[list[str], Meta(description="Names of the features, in order")]
    features_contract: str
    metrics: Annotated[
        dict[str, float], Meta(description="Measured on matchups that training never saw")
    ]
    calibration: Annotated[
        list[CalibrationBin],
        Meta(
            description="Whether a chance of 70 % wins seven games of ten, on those matchups; empty"
            " where a model was released without it"
        ),
    ]
    training_data: Annotated[dict[str, str | int | float], Meta(description="What it learnt from")]
    parameters: dict[str, str | int | float | bool]
    trained_at: str
    card: Annotated[
        str, Meta(description="The model card in Markdown; its pictures are with the MLflow run")
    ]
