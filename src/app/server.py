"""The HTTP server: uvicorn, stopped in order."""

from __future__ import annotations

import asyncio
import gc
import signal
from contextlib import contextmanager, suppress
from functools import partial
from itertools import product
from math import ceil
from typing import TYPE_CHECKING, Final, cast

import uvicorn

from app.factory import create_app, route_of
from app.http.accepting import Acceptor
from app.http.admission import Admission
from app.http.connections import Connection, Connections
from app.http.direct_lane import PATH
from app.runtime import open_runtime
from telemetry.http_server import instrument

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Generator

    from config.settings import Settings
    from telemetry.http_request import ASGIApp
    from telemetry.setup import Telemetry


PREDICTING: Final = (PATH, f"{PATH}/batch", "/predict/explain")
FORESEEN: Final = (200, 500, 503)
"""How predictions are answered that objectives look at."""
YOUNG_OBJECTS: Final = 10_000
"""How many objects may come to be before the collector looks for cycles among them: nearly all are
gone by then, where Python's 700 are those of two requests under way."""
LAST_REQUESTS_SECONDS: Final = 0.5
"""How long a stopping service waits for requests on connections that are idle."""


class _Server(uvicorn.Server):
    """Ends serving on SIGINT or SIGTERM, not the process.

    uvicorn's own way raises the signal again once it has stopped, before the rest is closed.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        started: Callable[[], None],
        stopping: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._tell_started = started
        self._tell_stopping = stopping
        self._acceptors: list[Acceptor] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([])  # nor does uvicorn listen anywhere by itself
        self._acceptors = [Acceptor(one, self._protocol).started() for one in sockets or ()]
        # What the service is made of stays: looking at all of it again takes a tenth of a second.
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG_OBJECTS, 50, 50)
        self._tell_started()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let connections end with an answer that says so, before those that are idle are closed.

        Otherwise a request that is on its way, on a connection that was idle or that the kernel
        has accepted but we have not, would be lost.
        """
        self.server_state.default_headers.append((b"connection", b"close"))
        self._tell_stopping()
        for acceptor in self._acceptors:
            await acceptor.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_REQUESTS_SECONDS):
                while self.server_state.connections:  # noqa: ASYNC110  # uvicorn has no event
                    await asyncio.sleep(LAST_REQUESTS_SECONDS / 20)
        await super().shutdown(sockets)

    def _protocol(self) -> asyncio.Protocol:
        make = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        return make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    def _stop(self) -> None:
        self.should_exit = True


async def serve(  # noqa: PLR0913  # what a process has opened before it serves
    settings: Settings,
    database_url: str,
    listener: socket.socket,
    telemetry: Telemetry,
    *,
    started: Callable[[], None],
    stopping: Callable[[], None],
) -> None:
    """Serve until SIGINT or SIGTERM, then finish requests and flush capture.

    Args:
        settings: of the process.
        database_url: with the rights of the service.
        listener: bound already.
        telemetry: where spans, metrics and logs go; the caller closes it.
        started: called once requests are answered.
        stopping: called before the last connections are accepted.

    Raises:
        StaleSchemaError: the database's schema is not the one of this code.

    """
    async with (
        open_runtime(settings, database_url, telemetry) as context,
        (connections := Connections(settings.server, context.guard.instruments)).watched(),
    ):
        app = instrument(
            cast("ASGIApp", create_app(context)), telemetry, route=route_of, plain={PATH}
        )

        for path, status in product(PREDICTING, FORESEEN):
            app.instruments.expect(path, "POST", status)

        def turned_away(requests: int) -> None:
            # Counted, but neither traced nor timed: a trace of each would be the heaviest load of
            # all, and many that took no time would make slow answers look fast.
            app.instruments.refused(PATH, "POST", 503, requests, route=PATH, error="503")
            context.predictions.batcher.turn_away(requests)

        admission = Admission(
            app,
            turned_away,
            origins=context.cors_origins,
            longest_seconds=settings.server.longest_wait_seconds,
        )
        connections.instead = admission.instead
        server = _Server(
            uvicorn.Config(
                admission,
                # uvicorn makes them by calling this, whatever its type says.
                http=cast("type[Connection]", partial(Connection, connections)),
                ws="none",
                # Else a pipelined request would begin in the trace of the one before it.
                reset_contextvars=True,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                # By itself uvicorn believes whoever is on the same machine.
                proxy_headers=settings.access.trusted_proxies is not None,
                forwarded_allow_ips=settings.access.trusted_proxies or "",
                timeout_keep_alive=ceil(settings.server.idle_seconds),
                timeout_graceful_shutdown=ceil(settings.server.shutdown_seconds),
            ),
            started,
            stopping,
        )
        await server.serve(sockets=[listener])
        admission.tell()
