"""The stack with every component that may go away, and rules on a clock that the run chooses."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import httpx
from tests.acceptance.service import environment as plain_environment
from tests.programs import ROOT, program
from tests.redis_server import RedisServer
from tests.stack.reliability import components
from tests.stack.reliability.clock import hasten
from tests.stack.reliability.load import Load
from tests.stack.reliability.outage import Watched
from tests.waiting import LONGEST_SECONDS, wait_for

from cli.stack.addresses import Ports
from cli.stack.programs import Stack
from cli.stack.supervise import Running
from config.settings import ModelSettings
from storage.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stack.reliability.components import Component

    from cli.stack.programs import Program

PROGRAMS: Final = (
    "prometheus",
    "prometheus-alertmanager",
    "otelcol-dexwatch",
    "redis-server",
)


@dataclass(frozen=True)
class Site:
    """Everything that runs."""

    stack: Stack
    running: Running
    service: Program
    components: dict[str, Component]
    watched: Watched

    def restart_with_own_database(self) -> Component:
        """Have the service run a PostgreSQL itself; give that."""
        self.running.stop("api")
        own = {k: v for k, v in self.service.environment.items() if k != "DEXWATCH_DATABASE_URL"}
        service = replace(self.service, environment=own)
        self.running.start(service)
        self.running.wait_until_ready(service, tell=lambda _: None)
        # Who asked meanwhile has waited for it.
        now = time.monotonic()
        self.watched.load.between(now, now)
        return components.embedded(EmbeddedPostgres(self.stack.data_dir / "postgres"))


@contextmanager
def running_site(folder: Path, times: int, *, mlflow: bool) -> Iterator[Site]:
    """Run everything under load.

    Args:
        folder: of all data; made already.
        times: as fast the clock of the rules runs.
        mlflow: whether MLflow is a server, which takes long to start, or files of the service.

    """
    for name in PROGRAMS:
        program(name)
    with ExitStack() as cleanup:
        stack = Stack(ROOT, folder / "data", Ports.free())
        stack.prepare()
        hasten(stack.folder / "prometheus", times)
        for name in ("slack", "discord", "heartbeat"):
            secret = stack.folder / "alertmanager" / "secrets" / f"{name}_url"
            secret.write_text("http://127.0.0.1:9")
        database = EmbeddedPostgres(folder / "database")
        postgresql, database_url = components.postgresql(database, cleanup)
        redis = cleanup.enter_context(RedisServer.running(folder / "redis"))
        running = Running(stack.folder)
        cleanup.enter_context(running.until_the_end())
        collector = stack.collector()
        described = stack.service()
        environment = {
            **plain_environment(stack.data_dir),
            **described.environment,
            "DEXWATCH_DATABASE_URL": database_url,
            "DEXWATCH_REDIS_URL": redis.url,
            "OTEL_METRIC_EXPORT_INTERVAL": str(10_000 // times),
            "DEXWATCH_CAPTURE_MAX_AGE_SECONDS": "3",
            "DEXWATCH_STREAM_CLAIM_SECONDS": "3",
            # Questions at random are drift indeed.
            "DEXWATCH_RETRAIN_ON_DRIFT": "false",
        }
        parts = [
            postgresql,
            components.of_stack("Collector", running, collector),
            components.redis(redis),
        ]
        first = [collector, stack.prometheus(), stack.alertmanager()]
        if mlflow:
            server = components.mlflow_server(folder / "mlflow")
            environment["MLFLOW_TRACKING_URI"] = server.shown
            environment["DEXWATCH_MODEL_SYNC_SECONDS"] = str(ModelSettings().sync_seconds / times)
            parts.append(components.of_stack("MLflow", running, server))
            first.append(server)
        service = replace(described, environment=environment)
        for group in (first, [service]):
            for one in group:
                running.start(one)
            running.wait_until_ready(*group, tell=lambda _: None)
        api = f"http://127.0.0.1:{stack.ports.api}"
        load = Load(api)
        watched = Watched(
            api,
            f"http://127.0.0.1:{stack.ports.prometheus}",
            f"http://127.0.0.1:{stack.ports.alertmanager}",
            load,
            cleanup.enter_context(httpx.Client(timeout=30)),
            stack.data_dir,
        )
        cleanup.enter_context(load)
        began = time.time()
        wait_for(lambda: any(one.ids for one in tuple(load.asked)), LONGEST_SECONDS)
        wait_for(lambda: watched.is_well(["Collector"], began), LONGEST_SECONDS)
        yield Site(stack, running, service, {part.name: part for part in parts}, watched)
