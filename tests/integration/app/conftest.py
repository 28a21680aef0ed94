"""Applications behind a real server on a free port of the loopback."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import uvicorn

from app.context import AppContext, DexState
from app.factory import create_app
from app.prediction_service import PredictionService
from app.served_dex import ServedDex
from capture.fakes import InMemoryCapture
from config.settings import ServerSettings
from etl.snapshot import load_dex
from inference.batcher import Batcher
from telemetry.in_memory import InMemoryTelemetry
from telemetry.instruments.model import ModelInstruments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
    context = AppContext(
        dex=DexState(ServedDex.prepare(load_dex())),
        predictions=PredictionService(
            Batcher(lambda: None, tracer),
            InMemoryCapture(),
            ModelInstruments.create(memory.telemetry.signals),
            tracer,
        ),
        manifest=lambda: None,
        render_metrics=lambda: (b"up 1\n", "text/plain; version=1.0.0; charset=utf-8"),
        settings=ServerSettings(),
        database_available=lambda: True,
        model_version=lambda: "v1",
        capture_pending=lambda: 0,
    )
    with _served(create_app(context)) as port:
        yield port
    memory.telemetry.shutdown()
