"""Answers of ``/predict/explain``."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from app.predictions.schema import Probability  # noqa: TC001  # msgspec reads annotations


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """What one subject adds to a move's chances."""

    subject: Annotated[
        str,
        Meta(
            description="attack, accuracy, order, effects, follow_up, foe, forms, knowledge, games",
            examples=["attack"],
        ),
    ]
    text: Annotated[str, Meta(examples=["Earthquake hits Electric for double damage: +31 points"])]
    details: Annotated[
        list[str],
        Meta(
            description="What more there is to know of it",
            examples=[["On average it takes 87% of Pikachu's HP"]],
        ),
    ]
    points: Annotated[
        float,
        Meta(description="Of win probability; with the base they sum to the exact one"),
    ]
    log_odds: Annotated[float, Meta(description="The same in log-odds, as the model adds them")]


class FeatureContribution(msgspec.Struct, frozen=True, kw_only=True):
    """What one feature adds (SHAP)."""

    feature: str
    value: float
    log_odds: float


class MoveExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why a move is as good as the model says."""

    move_name: str
    win_probability: Annotated[Probability, Meta(description="As /predict/best-move gives it")]
    exact_probability: Annotated[Probability, Meta(description="The same before it is rounded")]
    reasons: Annotated[list[Reason], Meta(description="The weightiest first")]
    features: Annotated[
        list[FeatureContribution], Meta(description="All that add anything, the weightiest first")
    ]


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why each move is as good as the model says, best move first."""

    pokemon_a_id: int
    pokemon_a_name: str
    pokemon_b_id: int
    pokemon_b_name: str
    recommended_move: str
    model_version: Annotated[str, Meta(examples=["v1"])]
    base_probability: Annotated[
        Probability, Meta(description="What the model says of no duel in particular")
    ]
    base_log_odds: float
    moves: list[MoveExplanation]
