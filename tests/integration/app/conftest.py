"""Applications behind a real server on a free port of the loopback."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
import uvicorn
from tests.keys import access
from tests.no_drift import without_reports
from tests.no_feedback import without_database

from app.batch_service import BatchService
from app.context import AppContext, DexState
from app.explanation_service import ExplanationService
from app.factory import create_app, route_of
from app.joined_calls import JoinedCalls
from app.prediction_service import PredictionService
from app.served_dex import ServedDex
from capture.fakes import InMemoryCapture
from config.settings import ServerSettings
from etl.snapshot import load_dex
from inference.batcher import Batcher
from inference.predictor import Predictor
from telemetry.http_server import instrument
from telemetry.in_memory import InMemoryTelemetry
from telemetry.instruments import (
    BatchingInstruments,
    ModelInstruments,
    QuestionInstruments,
)
from training import released

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractContextManager

    from litestar import Litestar

    Served = Callable[[Litestar], AbstractContextManager[int]]


@contextmanager
def _served(app: Litestar) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def serve() -> Served:
    """Give ``serve(app)``, a context manager that yields the port."""
    return _served


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    """Serve the whole application over the released dex, with a model only in name."""
    memory = InMemoryTelemetry.create()
    tracer = memory.telemetry.tracer("test")
    events = ModelInstruments.create(memory.telemetry.signals)
    predictions = PredictionService(
        Batcher(lambda: None, tracer, BatchingInstruments.create(memory.telemetry.signals)),
        InMemoryCapture(),
        events,
        QuestionInstruments.create(memory.telemetry.signals),
        tracer,
    )
    context = AppContext(
        dex=DexState(ServedDex.prepare(load_dex())),
        predictions=predictions,
        batches=BatchService(predictions),
        explanations=ExplanationService(lambda: None, events),
        feedback=without_database(memory.telemetry.signals),
        drift=without_reports(memory.telemetry.signals),
        **access(memory.telemetry.signals),
        manifest=lambda: None,
        render_metrics=JoinedCalls(lambda: (b"up 1\n", "text/plain; version=1.0.0; charset=utf-8")),
        settings=ServerSettings(),
        database_available=lambda: True,
        model_version=lambda: "v1",
        capture_pending=lambda: 0,
        capture_trouble=lambda: None,
    )
    with _served(create_app(context)) as port:
        yield port
    memory.telemetry.shutdown()


@pytest.fixture(scope="session")
def dex() -> ServedDex:
    """Prepare the released dex."""
    return ServedDex.prepare(load_dex())


@pytest.fixture(scope="session")
def champion() -> Predictor:
    """Load the released champion as version 7."""
    release = released.release()
    return Predictor.load(
        released.MODEL_FILE, version="v7", contract_version=release.contract_version
    )


@pytest.fixture
def observed(request: pytest.FixtureRequest) -> InMemoryTelemetry:
    """Keep spans and metrics in memory, made with the parameters of a test that gives some."""
    return InMemoryTelemetry.create(**getattr(request, "param", {}))


@pytest.fixture
def capture() -> InMemoryCapture:
    """Keep captured predictions in memory."""
    return InMemoryCapture()


@pytest.fixture
async def client(
    dex: ServedDex, champion: Predictor, observed: InMemoryTelemetry, capture: InMemoryCapture
) -> AsyncIterator[httpx.AsyncClient]:
    """Talk to the instrumented application without a server between."""
    tracer = observed.telemetry.tracer("dexwatch")
    signals = observed.telemetry.signals
    batcher = Batcher(lambda: champion, tracer, BatchingInstruments.create(signals))
    events = ModelInstruments.create(signals)
    explanations = ExplanationService(lambda: champion, events)
    predictions = PredictionService(
        batcher, capture, events, QuestionInstruments.create(signals), tracer
    )
    context = AppContext(
        dex=DexState(dex),
        predictions=predictions,
        batches=BatchService(predictions),
        explanations=explanations,
        feedback=without_database(signals),
        drift=without_reports(signals),
        **access(signals),
        manifest=lambda: None,
        render_metrics=JoinedCalls(observed.telemetry.render_metrics),
        settings=ServerSettings(),
        database_available=lambda: True,
        model_version=lambda: "v7",
        capture_pending=lambda: 0,
        capture_trouble=lambda: None,
    )
    app = instrument(cast("Any", create_app(context)), observed.telemetry, route=route_of)
    await batcher.start()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test"
    ) as talking:
        yield talking
    await explanations.close()
    await batcher.close()
