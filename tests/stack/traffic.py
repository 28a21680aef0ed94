"""One of every kind of request, and enough of the usual one."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from tests import patient
from tests.waiting import LONGEST_SECONDS

QUESTION: Final = {
    "pokemon_a_id": 1,
    "pokemon_b_id": 25,
    "available_moves": ["Surf", "Ice Beam", "Earthquake"],
}
SECONDS: Final = 20.0
"""For so long the usual question is asked, so that rates have something to show."""


SLOW_SECONDS: Final = 0.1
"""From here on the collector keeps a trace."""


@dataclass
class Sent:
    """What was sent, by endpoint and status, and which traces the answers named."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    predictions: int = 0
    traces: dict[int, list[str]] = field(default_factory=dict)
    """Trace ids of answers by status."""
    slow: set[str] = field(default_factory=set)
    """Those that may have taken so long that their traces are kept for it."""

    def add(self, endpoint: str, answer: httpx.Response) -> None:
        """Note an answer."""
        self.answers[endpoint, answer.status_code] += 1
        trace = answer.headers["traceresponse"].split("-")[1]
        self.traces.setdefault(answer.status_code, []).append(trace)
        if answer.elapsed.total_seconds() > SLOW_SECONDS:
            self.slow.add(trace)
        if answer.status_code == httpx.codes.OK and endpoint == "/predict/best-move":
            self.predictions += 1

    def predict(self, client: httpx.Client) -> int:
        """Ask the usual question; give the status."""
        answer = client.post("/predict/best-move", json=QUESTION)
        self.add("/predict/best-move", answer)
        return answer.status_code


def send_everything(url: str, may_tell: dict[str, str]) -> Sent:
    """Send the requests; feedback with headers that allow it, and once without."""
    sent = Sent()
    with patient.client(base_url=url) as client:
        _send_others(client, sent, may_tell)
        _overload(url, sent)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            sent.predict(client)
            time.sleep(0.02)
        _send_others(client, sent, may_tell)
    return sent


def _send_others(client: httpx.Client, sent: Sent, may_tell: dict[str, str]) -> None:
    for path, endpoint in (
        ("/docs", "/docs"),
        ("/health", "/health"),
        ("/pokemon/25", "/pokemon/{id}"),
        ("/wp-admin", "unmatched"),
    ):
        sent.add(endpoint, client.get(path))
    unknown: dict[str, Any] = {**QUESTION, "pokemon_a_id": 9999}
    sent.add("/predict/best-move", client.post("/predict/best-move", json=unknown))
    sent.add("/predict/best-move", client.post("/predict/best-move", json={}))
    for _ in range(3):
        sent.add("/predict/explain", client.post("/predict/explain", json=QUESTION))
    _tell_winners(client, sent, may_tell)
    batch = client.post("/predict/best-move/batch", json={"predictions": [QUESTION] * 20})
    sent.add("/predict/best-move/batch", batch)
    sent.predictions += 20


def _tell_winners(client: httpx.Client, sent: Sent, may_tell: dict[str, str]) -> None:
    """Predict and tell who won; one is told otherwise, and one was never predicted."""
    for winner in ("A", "B", "draw"):
        answer = client.post("/predict/best-move", json=QUESTION)
        sent.add("/predict/best-move", answer)
        told = {"prediction_id": answer.json()["prediction_id"], "winner": winner}
        sent.add("/feedback", client.post("/feedback", json=told, headers=may_tell))
    otherwise = {**told, "winner": "A"}
    never = {**told, "prediction_id": "019aa5f4-77a0-7c3e-9a3f-6f1d3f7d2f4e"}
    for body in (otherwise, never):
        sent.add("/feedback", client.post("/feedback", json=body, headers=may_tell))
    sent.add("/feedback", client.post("/feedback", json=told))


def _overload(url: str, sent: Sent) -> None:
    """Ask for more batches at once than are taken: some are refused with 503, all are slow."""
    size, at_once = 1000, 16
    body = {"predictions": [QUESTION] * size}
    together = threading.Barrier(at_once)

    def ask(client: httpx.Client) -> httpx.Response:
        together.wait(LONGEST_SECONDS)
        return client.post("/predict/best-move/batch", json=body)

    with ExitStack() as stack, ThreadPoolExecutor(at_once) as threads:
        clients = [stack.enter_context(patient.client(base_url=url)) for _ in range(at_once)]
        for answer in threads.map(ask, clients):
            sent.add("/predict/best-move/batch", answer)
            if answer.status_code == httpx.codes.OK:
                sent.predictions += size
