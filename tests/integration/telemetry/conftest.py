"""A small Litestar application behind a real uvicorn, and a collector that decodes what it gets."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import uvicorn
from litestar import Litestar, Response, get
from litestar.params import FromPath  # noqa: TC002  # Litestar reads it when it starts
from tests.acceptance.service import free_port
from tests.otlp_receiver import OtlpReceiver

from telemetry.http_server import UNMATCHED, instrument

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from telemetry.setup import Telemetry


@pytest.fixture
def sink() -> Iterator[OtlpReceiver]:
    """Give a collector on loopback."""
    with OtlpReceiver() as receiver:
        yield receiver


@pytest.fixture
def silent_collector() -> Iterator[str]:
    """Give the URL of a collector that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def absent_collector() -> str:
    """Give a URL where nothing listens."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
def served() -> Callable[[Telemetry], AbstractAsyncContextManager[str]]:
    """Give ``served(telemetry)``: a context manager that serves and gives the base URL."""

    @asynccontextmanager
    async def _served(telemetry: Telemetry) -> AsyncIterator[str]:
        @get("/docs", sync_to_thread=False)
        def docs() -> str:
            logging.getLogger("dexwatch.docs").info("docs read", extra={"page": 1})
            return "docs"

        @get("/pokemon/{pokemon_id:int}", sync_to_thread=False)
        def pokemon(pokemon_id: FromPath[int]) -> int:
            if pokemon_id == 0:
                raise RuntimeError("broken")
            return pokemon_id

        @get("/metrics", sync_to_thread=False)
        def metrics() -> Response[bytes]:
            body, media_type = telemetry.render_metrics()
            return Response(body, media_type=media_type)

        application = Litestar([docs, pokemon, metrics], logging_config=None, openapi_config=None)
        instrumented = instrument(
            application,  # type: ignore[arg-type]  # Litestar types ASGI by dicts of its own
            telemetry,
            route=lambda scope: scope.get("path_template", UNMATCHED),
        )
        server = uvicorn.Server(
            uvicorn.Config(instrumented, host="127.0.0.1", port=0, log_config=None)
        )
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        await serving

    return _served
