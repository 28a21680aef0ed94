"""What cannot be answered in time is refused at once; what was let in keeps its pace."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

from app.http.admission import CROWDED, FEWEST, MOST_A_SECOND, Admission
from app.http.direct_lane import PATH

if TYPE_CHECKING:
    from collections.abc import MutableMapping

ORIGIN = "https://dex.example.com"
SECONDS = 0.1
"""What an answer may take."""


class _Service:
    """Answers one request after the other, each in a thousandth of a second of its own clock."""

    def __init__(self, longest: float = SECONDS) -> None:
        self.now = 1.0
        self.seconds = 0.001
        self.took: list[float] = []
        self._refused = 0
        self._turn = asyncio.Lock()
        self.admission = Admission(
            self._answer,
            self._refuse,
            origins=[ORIGIN],
            longest_seconds=longest,
            clock=lambda: self.now,
        )

    @property
    def refused(self) -> int:
        """How many were refused."""
        self.admission.tell()
        return self._refused

    def _refuse(self, requests: int) -> None:
        self._refused += requests

    async def _answer(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        await receive()
        came = self.now
        async with self._turn:
            await asyncio.sleep(0)
            self.now += self.seconds
        self.took.append(self.now - came)
        await send({"type": "http.response.start", "status": scope["answers"], "headers": []})

    async def ask(
        self, path: str = PATH, *, body: asyncio.Event | None = None
    ) -> tuple[int, dict[bytes, bytes]]:
        """Ask, with a body that may let wait for itself; give status and headers."""
        sent: list[MutableMapping[str, Any]] = []

        async def send(message: MutableMapping[str, Any]) -> None:
            await asyncio.sleep(0)
            sent.append(message)

        async def receive() -> MutableMapping[str, Any]:
            if body is not None:
                await body.wait()
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {
            "type": "http",
            "path": path,
            "method": "POST",
            "headers": [(b"origin", ORIGIN.encode())],
            "answers": 200,
        }
        await self.admission(scope, receive, send)
        return sent[0]["status"], dict(sent[0]["headers"])


async def _ask_on(service: _Service, clients: int, times: int) -> Counter[int]:
    async def client() -> list[int]:
        return [(await service.ask())[0] for _ in range(times)]

    statuses = await asyncio.gather(*(client() for _ in range(clients)))
    return Counter(status for each in statuses for status in each)


async def test_within_capacity_nobody_is_refused() -> None:
    """As many clients as can be answered in time are all answered."""
    service = _Service()
    assert await _ask_on(service, 90, 20) == {200: 1800}
    assert service.refused == 0


async def test_beyond_capacity_the_accepted_are_answered_in_time() -> None:
    """With five times as many clients the excess gets 503, and the others wait no longer."""
    service = _Service()
    statuses = await _ask_on(service, 500, 40)
    assert statuses[503] == service.refused > 0
    settled = service.took[len(service.took) // 2 :]
    assert max(settled) <= 1.1 * SECONDS
    assert statuses[200] + statuses[503] == 500 * 40


async def test_who_is_let_in_while_others_are_refused_hardly_waits() -> None:
    """Under an overload that lasts, an answer takes a quarter of what it may at most."""
    service = _Service(longest=1.0)
    statuses = await _ask_on(service, 5_000, 40)
    settled = service.took[len(service.took) // 2 :]
    assert max(settled) <= 1.1 * CROWDED
    assert statuses[503] == service.refused > 0


async def test_when_it_is_over_everybody_is_answered_again() -> None:
    """Right after an overload a load within capacity is not refused."""
    service = _Service()
    await _ask_on(service, 500, 20)
    before = service.refused
    assert await _ask_on(service, FEWEST, 5) == {200: 5 * FEWEST}
    assert service.refused == before


async def test_a_pause_leaves_no_bound_behind() -> None:
    """After one that made many late, and a while with few, a crowd within capacity is let in."""
    service = _Service()
    service.seconds = 5 * SECONDS / FEWEST
    await _ask_on(service, 2 * FEWEST, 1)
    service.seconds = 0.001
    await _ask_on(service, 4, 10)
    assert await _ask_on(service, 90, 1) == {200: 90}


async def test_a_refusal_says_when_to_come_again() -> None:
    """It is the problem of an overload, with Retry-After, which pages of named origins may read.

    Other paths are never refused.
    """
    service = _Service()
    asking = [asyncio.create_task(service.ask()) for _ in range(5000)]
    await asyncio.sleep(0)
    plain, elsewhere, spelt = await asyncio.gather(
        service.ask(),
        service.ask("/health"),
        service.ask("//predict/best-move/"),
    )
    status, headers = plain
    assert (status, headers[b"retry-after"]) == (503, b"1")
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"access-control-allow-origin"] == ORIGIN.encode()
    assert b"retry-after" in headers[b"access-control-expose-headers"]
    assert (elsewhere[0], spelt[0]) == (200, 503)
    assert b"connection" not in headers
    await asyncio.gather(*asking)


async def test_slow_uploads_take_nobody_s_place() -> None:
    """Any number of requests whose bodies do not come leaves the others answered, as before."""
    service, body = _Service(), asyncio.Event()
    stuck = [asyncio.create_task(service.ask(body=body)) for _ in range(5000)]
    await asyncio.sleep(0)
    service.now += 10
    assert await _ask_on(service, 90, 5) == {200: 450}
    body.set()
    assert {status for status, _ in await asyncio.gather(*stuck)} == {200}


async def test_one_late_answer_among_few_closes_nothing() -> None:
    """A hiccup while hardly anybody asks says nothing of what can be done."""
    service = _Service()
    service.seconds = 10 * SECONDS
    assert (await service.ask())[0] == 200
    service.seconds = 0.0001
    crowd = round(MOST_A_SECOND * SECONDS)
    assert await _ask_on(service, crowd, 2) == {200: 2 * crowd}
