"""What benchmarks ask, and the client that asks at a fixed rate."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest
from benchmarks.service.fixed_rate import LOST, OK, REFUSED, ask

from benchmarks import questions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.questions import Asking

RATE: Final = 200.0
OTHER: Final = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
FINE: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def test_questions_vary_and_stay_the_same() -> None:
    """Hardly any question comes twice, and every run asks the same ones."""
    drawn = [json.dumps(question) for question in questions.drawn(questions.POOL)]
    assert len(set(drawn)) > 0.99 * questions.POOL
    assert drawn == [json.dumps(question) for question in questions.drawn(questions.POOL)]


def test_a_batch_asks_what_single_requests_ask(tmp_path: Path) -> None:
    """The elements of all batches are the pool, in its order."""
    bodies = questions.batch(tmp_path, 100).bodies
    assert bodies is not None
    batches = [json.loads(line) for line in bodies.read_text().splitlines()]
    elements = [one for batch in batches for one in batch["predictions"]]
    assert elements == list(questions.drawn(questions.POOL))


def test_questions_come_at_the_rate(asking: Asking) -> None:
    """Each phase has its rate, and everything is answered."""
    with _server(lambda _: FINE) as url:
        answers = ask(url, asking, [(RATE, 1), (4 * RATE, 1)])
    first, second = answers.between(0, 1), answers.between(1, 2)
    assert len(first.due) == pytest.approx(RATE, rel=0.25)
    assert len(second.due) == pytest.approx(4 * RATE, rel=0.25)
    assert set(answers.status) == {OK}


def test_who_had_to_wait_is_counted_from_when_it_was_due(asking: Asking) -> None:
    """A stall of the server is seen by every question that was due in it."""
    stall = 0.4
    stalled = threading.Event()

    def answer(number: int) -> bytes:
        if number == int(RATE / 2):
            stalled.set()
            time.sleep(stall)  # of the whole server
        return FINE

    with _server(answer) as url:
        answers = ask(url, asking, [(RATE, 2)])
    assert stalled.is_set()
    slow = answers.latency_ms > stall * 1e3 / 4
    assert slow.sum() > RATE * stall / 2
    assert answers.latency_ms.max() > stall * 1e3 * 0.9


def test_refusals_and_lost_answers_are_told_apart(asking: Asking) -> None:
    """A 503 with Retry-After is counted as such, and a connection that ends as no answer."""
    with _server(lambda number: (FINE, OTHER, b"")[number % 3]) as url:
        answers = ask(url, asking, [(RATE, 1)])
    found = dict(zip(*np.unique(answers.status, return_counts=True), strict=True))
    assert set(found) == {LOST, OK, REFUSED}
    assert answers.retry_after == found[REFUSED]


@pytest.fixture
def asking(tmp_path: Path) -> Asking:
    """Give questions."""
    return questions.best_move(tmp_path, number=10)


@contextmanager
def _server(answer: Callable[[int], bytes]) -> Iterator[str]:
    """Answer each request by its number; who asks ends the connection."""
    loop = asyncio.new_event_loop()
    number = 0
    connections: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal number
        connections.add(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.rpartition(b"Length: ")[2]))
                number += 1
                said = answer(number)
                writer.write(said)
                if not said:
                    break
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def end() -> None:
        # A connection that is open when the loop ends would never be closed.
        server.close()
        await asyncio.gather(*filter(None, connections))

    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
