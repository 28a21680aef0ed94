"""Several workers are one service, also when one of them is killed."""

from __future__ import annotations

import os
import re
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest
from tests import patient
from tests.acceptance.service import Service, children, running, tidy_up
from tests.otlp_receiver import OtlpReceiver
from tests.waiting import wait_for

if TYPE_CHECKING:
    from pathlib import Path

QUESTION = {"pokemon_a_id": 1, "pokemon_b_id": 25, "available_moves": ["Surf", "Ice Beam"]}
PREDICTED = re.compile(
    r'^api_requests_total\{endpoint="/predict/best-move".*\} (\S+)$', re.MULTILINE
)


def _workers(service: Service) -> list[psutil.Process]:
    return children(service, "serve-one")


def _asked(service: Service, requests: int) -> int:
    """Ask from four clients at once; give how many questions were answered."""

    def ask(count: int) -> int:
        answered = 0
        # A connection each, so that both workers get some.
        alone = httpx.Limits(max_keepalive_connections=0)
        with patient.client(base_url=service.url, limits=alone) as client:
            for _ in range(count):
                try:
                    answer = client.post("/predict/best-move", json=QUESTION)
                except httpx.TransportError:
                    continue
                answered += answer.status_code == httpx.codes.OK
        return answered

    with ThreadPoolExecutor(4) as clients:
        return sum(clients.map(ask, [requests // 4] * 4))


def _counted(service: Service) -> int:
    return sum(int(float(value)) for value in PREDICTED.findall(_metrics(service)))


def _metrics(service: Service) -> str:
    return patient.get(f"{service.url}/metrics").text


def test_nothing_is_lost_when_a_worker_is_killed(data_dir: Path) -> None:
    """Counters add up to the answers, on /metrics and in what is pushed, and gauges are single."""
    with OtlpReceiver() as sink:
        variables = {
            "DEXWATCH_WORKERS": "2",
            "OTEL_EXPORTER_OTLP_ENDPOINT": sink.url,
            "OTEL_METRIC_EXPORT_INTERVAL": "500",
        }
        with running(data_dir, variables=variables) as service:
            wait_for(lambda: "service_workers 2.0" in _metrics(service))
            answered = _asked(service, 120)
            victim = _workers(service)[0]
            victim.send_signal(signal.SIGKILL)
            wait_for(lambda: "service_worker_restarts_total 1.0" in _metrics(service))
            answered += _asked(service, 120)
            wait_for(lambda: "service_workers 2.0" in _metrics(service))
            assert _counted(service) == answered >= 230
            text = _metrics(service)
            assert re.findall(r"^model_info\{.*\} (\S+)$", text, re.MULTILINE) == ["1.0"]
            assert re.findall(r"^database_up (\S+)$", text, re.MULTILINE) == ["1.0"]
        # What was pushed last, at the end.
        assert _pushed(sink, "api_requests", "/predict/best-move") == answered
        assert _pushed(sink, "model_predictions", None) == answered


def _pushed(sink: OtlpReceiver, name: str, endpoint: str | None) -> float:
    """Add up the last value of each series of a counter, by all who pushed it."""
    last: dict[Any, float] = {}
    for request in sink.received["metrics"]:
        for resource in request.resource_metrics:
            instance = resource.resource.SerializeToString()
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.sum.data_points if metric.name == name else ():
                        labels = {one.key: one.value.string_value for one in point.attributes}
                        if endpoint in {None, labels.get("endpoint")}:
                            key = (instance, tuple(sorted(labels.items())))
                            last[key] = point.as_double or point.as_int
    assert len({instance for instance, _ in last}) == 1  # one instance of the service
    return sum(last.values())


def test_workers_end_with_who_started_them(data_dir: Path) -> None:
    """When the watching process is killed, its workers stop in order, by themselves."""
    with running(data_dir, variables={"DEXWATCH_WORKERS": "2"}) as service:
        workers = _workers(service)
        assert len(workers) == 2
        os.kill(service.process.pid, signal.SIGKILL)
        service.process.wait()
        _, alive = psutil.wait_procs(workers, timeout=20)
        assert not alive
    tidy_up(data_dir)


def test_a_start_that_cannot_succeed_ends(tmp_path: Path) -> None:
    """When no worker can start, the service says so and ends, rather than try for ever."""
    # An empty database: serve alone migrates nothing.
    command = (sys.executable, "-m", "cli", "serve")
    with (
        pytest.raises(AssertionError, match="could not be started"),
        running(tmp_path, command=command, variables={"DEXWATCH_WORKERS": "2"}),
    ):
        pass
