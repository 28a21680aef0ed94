"""Feedback as a service without a database answers it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Never, cast

from app.predictions.feedback_service import FeedbackService
from capture.finder import PredictionFinder
from storage.errors import DatabaseUnavailableError
from telemetry.instruments import FeedbackInstruments

if TYPE_CHECKING:
    from collections.abc import Collection

    import polars as pl

    from storage.feedback_store import FeedbackStore
    from telemetry.signals import SignalMeter


class _Unreachable:
    async def find(self, prediction_id: object) -> Never:
        raise DatabaseUnavailableError(f"{prediction_id} cannot be looked for")


def without_database(signals: SignalMeter) -> FeedbackService:
    """Give a service whose database is away."""

    def find(_ids: Collection[str]) -> pl.DataFrame:
        raise AssertionError("nothing is looked for without a database")

    return FeedbackService(
        cast("FeedbackStore", _Unreachable()),
        PredictionFinder(find, kept=timedelta(days=1)),
        FeedbackInstruments.create(signals),
    )
