"""The whole stack on real programs, once for all tests of this folder."""

from __future__ import annotations

import math
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import httpx
import msgspec
import pytest
from tests import patient
from tests.acceptance.service import environment, feedback_key
from tests.chat import Chat, chatting
from tests.otlp_receiver import OtlpReceiver
from tests.programs import ROOT, program
from tests.stack.traffic import Sent, send_everything
from tests.waiting import wait_for

from cli.stack.addresses import Ports
from cli.stack.programs import Backends, Stack
from cli.stack.supervise import Running
from config.settings import ModelSettings
from registry.aliases import SHADOW
from registry.cache import ModelCache

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.stack.programs import Program

SETTINGS: Final = {
    # Sooner than by default, so that the tests are over sooner.
    "OTEL_METRIC_EXPORT_INTERVAL": "2000",
    # Few enough for most traces to be dropped.
    "DEXWATCH_TRACES_KEPT_PER_SECOND": "1",
    "DEXWATCH_TRACES_KEPT_SHARE": "0.2",
    "DEXWATCH_CAPTURE_MAX_AGE_SECONDS": "5",
    "DEXWATCH_DRIFT_EVERY_SECONDS": "5",
}
DECISION_SECONDS: Final = 4
PROGRAMS: Final = (
    "prometheus",
    "prometheus-alertmanager",
    "prometheus-node-exporter",
    "otelcol-dexwatch",
)


@dataclass
class RunningStack:
    """The stack, what it was sent, and what came out at its ends."""

    ports: Ports
    running: Running
    stack: Stack
    chat: Chat
    received: OtlpReceiver
    """What Tempo and Loki would have received."""
    sent: Sent
    programs: dict[str, Program]
    """As they were started."""
    client: httpx.Client

    @property
    def service_environment(self) -> dict[str, str]:
        """What the service runs in."""
        return dict(self.programs["api"].environment)

    @property
    def api(self) -> str:
        """URL of the service."""
        return f"http://127.0.0.1:{self.ports.api}"

    @property
    def prometheus(self) -> str:
        """URL of Prometheus."""
        return f"http://127.0.0.1:{self.ports.prometheus}"

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Ask Prometheus; give the series or the one scalar."""
        answer = self._ask("query", query=expression)
        if answer["resultType"] == "scalar":
            return [{"metric": {}, "value": answer["result"]}]
        found: list[dict[str, Any]] = answer["result"]
        return found

    def has_data(self, expression: str) -> bool:
        """Say whether Prometheus answers with a number."""
        return any(not math.isnan(float(one["value"][1])) for one in self.query(expression))

    def value(self, expression: str) -> float:
        """Ask Prometheus for one number."""
        (one,) = self.query(expression)
        return float(one["value"][1])

    def query_range(
        self, expression: str, start: float, end: float, step: float
    ) -> list[dict[str, Any]]:
        """Ask Prometheus what it says for each moment of a time."""
        answer = self._ask("query_range", query=expression, start=start, end=end, step=step)
        found: list[dict[str, Any]] = answer["result"]
        return found

    def _ask(self, what: str, **parameters: Any) -> dict[str, Any]:
        answer = self.client.get(f"{self.prometheus}/api/v1/{what}", params=parameters)
        assert answer.status_code == httpx.codes.OK, (parameters, answer.text)
        data: dict[str, Any] = answer.json()["data"]
        return data


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Run everything and send one of every kind of request."""
    for name in PROGRAMS:
        program(name)
    with _running(tmp_path_factory.mktemp("stack")) as running:
        yield running


@contextmanager
def _running(folder: Path) -> Iterator[RunningStack]:
    with ExitStack() as cleanup:
        chat = cleanup.enter_context(chatting())
        received = cleanup.enter_context(OtlpReceiver())
        ports = Ports.free()
        stack = Stack(ROOT, folder / "data", ports, Backends(received.url, received.url))
        stack.prepare()
        chat.write_secrets(stack.folder / "alertmanager" / "secrets")
        running = Running(stack.folder)
        cleanup.enter_context(running.until_the_end())
        collector = stack.collector()
        service = stack.service()
        programs = [
            stack.prometheus(),
            stack.alertmanager(),
            stack.node_exporter(),
            replace(
                collector,
                environment={
                    **collector.environment,
                    "OTELCOL_DECISION_WAIT": f"{DECISION_SECONDS}s",
                },
            ),
            replace(
                service,
                environment={**environment(stack.data_dir), **service.environment, **SETTINGS},
            ),
        ]
        for one in programs:
            running.start(one)
        running.wait_until_ready(*programs, tell=lambda _: None)
        _score_another_beside(stack.data_dir, f"http://127.0.0.1:{ports.api}")
        sent = send_everything(f"http://127.0.0.1:{ports.api}", feedback_key(stack.data_dir))
        described = {one.name: one for one in programs}
        client = cleanup.enter_context(httpx.Client(timeout=30))
        yield RunningStack(ports, running, stack, chat, received, sent, described, client)


def _score_another_beside(data_dir: Path, api: str) -> None:
    """Have the champion's model scored beside it under another version."""
    settings = ModelSettings()
    champion = ModelCache.of(settings, data_dir).read_current()
    assert champion is not None
    cache = ModelCache.of(msgspec.structs.replace(settings, alias=SHADOW), data_dir)
    cache.store(champion.model_path, msgspec.structs.replace(champion.manifest, version=9))
    cache.activate(9)
    wait_for(lambda: 'shadow_predictions_total{model_version="v9"}' in _metrics(api), 30)


def _metrics(api: str) -> str:
    return patient.get(f"{api}/metrics").text
