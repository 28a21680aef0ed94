"""What an application is made of, without a database or a server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.keys import access
from tests.no_drift import without_reports
from tests.no_feedback import without_database

from app.context import AppContext, DexState
from app.explanations.service import ExplanationService
from app.joined_calls import JoinedCalls
from app.predictions.batches import BatchService
from app.predictions.service import PredictionService
from capture.fakes import InMemoryCapture
from config.settings import ServerSettings
from inference.batcher import Batcher
from telemetry.instruments import BatchingInstruments, ModelInstruments, QuestionInstruments

if TYPE_CHECKING:
    from app.served_dex import ServedDex
    from inference.predictor import Predictor
    from telemetry.setup import Telemetry


def batching(telemetry: Telemetry, model: Predictor | None = None) -> Batcher:
    """Make a batcher of one model, which is to be started, or of none."""
    events = BatchingInstruments.create(telemetry.signals)
    return Batcher(lambda: model, telemetry.tracer("dexwatch"), events)


def context(
    dex: ServedDex,
    telemetry: Telemetry,
    model: Predictor | None = None,
    *,
    batcher: Batcher | None = None,
    capture: InMemoryCapture | None = None,
    **changes: Any,
) -> AppContext:
    """Give a service in health, but for what is changed; without a model it has one only in name.

    The batcher is one that the caller starts.
    """
    signals = telemetry.signals
    events = ModelInstruments.create(signals)
    predictions = PredictionService(
        batcher or batching(telemetry, model),
        capture or InMemoryCapture(),
        events,
        QuestionInstruments.create(signals),
        telemetry.tracer("dexwatch"),
    )
    healthy = AppContext(
        dex=DexState(dex),
        predictions=predictions,
        batches=BatchService(predictions),
        explanations=ExplanationService(lambda: model, events),
        feedback=without_database(signals),
        drift=without_reports(signals),
        **access(signals),
        manifest=lambda: None,
        render_metrics=JoinedCalls(lambda: (b"up 1\n", "text/plain; version=1.0.0; charset=utf-8")),
        settings=ServerSettings(),
        database_available=lambda: True,
        model_version=lambda: "v1",
        capture_pending=lambda: 0,
        capture_trouble=lambda: None,
    )
    return replace(healthy, **changes)
