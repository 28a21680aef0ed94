"""Requests and answers of ``/feedback``."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  # msgspec resolves field types
from typing import Annotated
from uuid import UUID  # noqa: TC003  # likewise

import msgspec
from msgspec import Meta

from app.predictions.schema import Probability  # noqa: TC001  # likewise
from storage.feedback_store import Winner  # noqa: TC001  # likewise


class FeedbackRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who won a battle that was predicted."""

    prediction_id: Annotated[
        UUID, Meta(description="From the answer; the recommended move was used to open")
    ]
    winner: Annotated[Winner, Meta(description="The Pokémon that won, or `draw`")]


class FeedbackResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored: the same however often it is sent."""

    prediction_id: UUID
    winner: Winner
    received_at: Annotated[datetime, Meta(description="When it was sent for the first time")]
    predicted_at: datetime
    model_version: Annotated[str, Meta(examples=["v1"])]
    win_probability: Annotated[Probability, Meta(description="What had been predicted for A")]
