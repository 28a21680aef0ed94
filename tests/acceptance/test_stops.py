"""SIGTERM under load: requests finish, rows reach their files, and it does not take long."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from tests.acceptance.losses import count
from tests.acceptance.questions import Askers
from tests.acceptance.service import free_port, running

if TYPE_CHECKING:
    from pathlib import Path

MOST_SECONDS = 10.0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stop_under_load_loses_nothing(
    data_dir: Path, workers: int, request: pytest.FixtureRequest
) -> None:
    """No request fails but those that find nobody there; every answered one is in a file.

    Though the collector that telemetry goes to is dead.
    """
    variables = {
        "DEXWATCH_WORKERS": str(workers),
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}",
    }
    with running(data_dir, variables=variables) as service, Askers(service.url) as askers:
        askers.wait_for(100)
        time.sleep(1)
        service.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        service.process.wait(3 * MOST_SECONDS)
        seconds = time.monotonic() - began
    trial = count(
        request,
        f"SIGTERM, with a dead collector, workers: {workers}",
        data_dir,
        answered=askers.acknowledged,
        statuses=askers.statuses,
        further=f"ended after {seconds:.1f} s",
    )
    assert seconds < MOST_SECONDS
    assert trial.answered >= 100
    assert not trial.missing
    assert not trial.doubled
    assert set(askers.statuses) <= {200, "ConnectError"}


@pytest.mark.parametrize("workers", [1, 2])
def test_who_was_let_in_is_answered_though_the_service_stops(data_dir: Path, workers: int) -> None:
    """Nobody whom the kernel accepted is turned away: a stop refuses connections, it drops none."""
    outcomes: Counter[str] = Counter()
    with running(data_dir, variables={"DEXWATCH_WORKERS": str(workers)}) as service:
        port = int(service.url.rpartition(":")[2])
        callers = [threading.Thread(target=_call, args=(port, outcomes)) for _ in range(32)]
        for caller in callers:
            caller.start()
        while outcomes["200"] < 100:
            time.sleep(0.01)
        service.process.send_signal(signal.SIGTERM)
        for caller in callers:
            caller.join(3 * MOST_SECONDS)
    assert set(outcomes) == {"200", "refused"}


def _call(port: int, outcomes: Counter[str]) -> None:
    """Ask on a new connection each time until there is nobody to connect to."""
    while True:
        try:
            connection = socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            outcomes["refused"] += 1
            return
        with connection:
            try:
                connection.sendall(
                    b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                )
                outcomes[connection.recv(64).split(b" ")[1].decode()] += 1
            except OSError as error:
                outcomes[type(error).__name__] += 1
