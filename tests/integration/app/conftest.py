"""Applications behind a real server on a free port of the loopback."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
import uvicorn
from tests import serving

from app.factory import create_app, route_of
from app.joined_calls import JoinedCalls
from app.served_dex import ServedDex
from capture.fakes import InMemoryCapture
from etl.snapshot import load_dex
from telemetry.http_server import instrument
from telemetry.in_memory import InMemoryTelemetry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractContextManager

    from litestar import Litestar

    from inference.predictor import Predictor

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
    context = serving.context(ServedDex.prepare(load_dex()), memory.telemetry)
    with _served(create_app(context)) as port:
        yield port
    memory.telemetry.shutdown()


@pytest.fixture(scope="session")
def dex() -> ServedDex:
    """Prepare the released dex."""
    return ServedDex.prepare(load_dex())


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
    batcher = serving.batching(observed.telemetry, champion)
    context = serving.context(
        dex,
        observed.telemetry,
        champion,
        batcher=batcher,
        capture=capture,
        render_metrics=JoinedCalls(observed.telemetry.render_metrics),
    )
    app = instrument(cast("Any", create_app(context)), observed.telemetry, route=route_of)
    await batcher.start()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test"
    ) as talking:
        yield talking
    await context.explanations.close()
    await batcher.close()
