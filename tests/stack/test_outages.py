"""Things go away and come back: nothing is lost, and somebody is told."""

from __future__ import annotations

import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests import patient
from tests.waiting import wait_for

if TYPE_CHECKING:
    import pytest
    from tests.stack.conftest import RunningStack

AWAY_SECONDS = 60


def test_an_outage_of_prometheus_leaves_no_gap(stack: RunningStack) -> None:
    """Prometheus stopped for a minute under load: afterwards every export of it is there."""
    described = stack.stack.prometheus()
    dropped = stack.query("sum(collector:dropped_items:total)")
    stopped = time.time()
    stack.running.stop("prometheus")
    try:
        with patient.client(base_url=stack.api, timeout=patient.AT_ONCE_SECONDS) as client:
            until = time.monotonic() + AWAY_SECONDS
            while time.monotonic() < until:
                assert stack.sent.predict(client) == 200
                time.sleep(0.2)
    finally:
        stack.running.start(described)
        stack.running.wait_until_ready(described, tell=lambda _: None)
    wait_for(lambda: stack.value("sum(model_predictions_total)") == stack.sent.predictions)
    # The series as they were stored, sample by sample: each export has counted the one before it.
    seconds = int(time.time() - stopped) + 5
    values, instance = _samples(stack, f'model_predictions_total{{job="dexwatch"}}[{seconds}s]')
    counting = f'signal="metrics",outcome="succeeded",instance="{instance}"'
    exports, _ = _samples(stack, f"telemetry_exports_total{{{counting}}}[{seconds}s]")
    assert len(exports) > AWAY_SECONDS / 4
    assert {later - earlier for earlier, later in pairwise(exports)} == {1}
    assert values == sorted(values)
    assert values[-1] == stack.sent.predictions
    assert _values(stack.query("sum(collector:dropped_items:total)")) == _values(dropped)


def test_a_fault_becomes_a_message(stack: RunningStack, capsys: pytest.CaptureFixture[str]) -> None:
    """The service hangs: within two minutes Slack and Discord have the page, and then its end.

    What follows from it is not told beside it.
    """
    api = stack.running.process("api").pid
    for receiver in ("slack", "discord"):
        assert "page: APIDown" not in stack.chat.titles(receiver)
    os.kill(api, signal.SIGSTOP)
    hung_at = time.monotonic()
    try:
        wait_for(lambda: "page: APIDown" in stack.chat.titles("slack"), 150)
        wait_for(lambda: "page: APIDown" in stack.chat.titles("discord"), 20)
        told_at = time.monotonic()
    finally:
        os.kill(api, signal.SIGCONT)
    with capsys.disabled():
        sys.stdout.write(f"\nalert timeline: hung at 0 s, told after {told_at - hung_at:.0f} s\n")
    wait_for(lambda: patient.get(f"{stack.api}/health/ready").status_code == 200)
    wait_for(lambda: "over: APIDown" in stack.chat.titles("slack"), 120)
    assert stack.chat.received["heartbeat"]
    told = set(stack.chat.titles("slack"))
    assert not {title for title in told if "HighErrorRate" in title or "NoTelemetry" in title}


def test_an_outage_of_the_collector_fails_no_request(stack: RunningStack) -> None:
    """The collector is killed and away for some seconds under load: every request is answered."""
    described = stack.programs["otel-collector"]

    stack.running.process("otel-collector").send_signal(signal.SIGKILL)
    stack.running.process("otel-collector").wait()
    try:
        with (
            patient.client(base_url=stack.api, timeout=patient.AT_ONCE_SECONDS) as client,
            ThreadPoolExecutor(4) as clients,
        ):
            statuses = list(clients.map(lambda _: stack.sent.predict(client), range(200)))
    finally:
        stack.running.start(described)
        stack.running.wait_until_ready(described, tell=lambda _: None)
    assert statuses == [200] * 200
    wait_for(lambda: stack.value("sum(model_predictions_total)") == stack.sent.predictions, 60)


def _samples(stack: RunningStack, query: str) -> tuple[list[float], str]:
    """Give the samples of the one series that is found, and the instance that sent them."""
    (series,) = stack.query(query)
    return [float(value) for _, value in series["values"]], series["metric"]["instance"]


def _values(series: list[dict[str, Any]]) -> list[str]:
    return [one["value"][1] for one in series]
