"""Clients that ask without a pause, and remember what they were answered."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx
from tests.background import Background

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENTS: Final = 8
MOVES: Final = ("Surf", "Ice Beam", "Body Slam", "Thunderbolt", "Earthquake", "Psychic")
SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One request that was answered with 200."""

    began: float
    ended: float
    """By the monotonic clock."""
    asked: list[dict[str, Any]]
    answers: list[dict[str, Any]]
    """One for each question of a batch, or one."""


class Askers(Background):
    """Asks from several connections, in a thread, as long as the block lasts."""

    def __init__(self, url: str, hear: Callable[[Heard], object] = lambda _: None) -> None:
        """Take whom to ask, and who is told, in the thread, of every answer."""
        super().__init__()
        self._url = url
        self._hear = hear
        self.acknowledged: list[str] = []
        """Ids of predictions that were answered with 200."""
        self.statuses: Counter[int | str] = Counter()
        """Answers by status, and failures by the name of their error."""

    def wait_for(self, predictions: int) -> None:
        """Wait until so many predictions were answered: the service is under load."""
        deadline = time.monotonic() + 2 * SECONDS
        while len(self.acknowledged) < predictions:
            assert time.monotonic() < deadline, dict(self.statuses)
            time.sleep(0.01)

    def _run(self) -> None:
        asyncio.run(self._ask_all())

    async def _ask_all(self) -> None:
        async with httpx.AsyncClient(base_url=self._url, timeout=SECONDS) as client:
            await asyncio.gather(*(self._ask(client) for _ in range(CLIENTS)))

    async def _ask(self, client: httpx.AsyncClient) -> None:
        while not self._stopping.is_set():
            several = random.random() < 0.2  # noqa: S311  # no secret
            asked = [question() for _ in range(5 if several else 1)]
            body = {"predictions": asked} if several else asked[0]
            path = "/predict/best-move/batch" if several else "/predict/best-move"
            began = time.monotonic()
            try:
                answer = await client.post(path, json=body)
            except httpx.TransportError as error:
                self.statuses[type(error).__name__] += 1
                await asyncio.sleep(0.05)
                continue
            ended = time.monotonic()
            self.statuses[answer.status_code] += 1
            if answer.status_code == httpx.codes.OK:
                said = answer.json()
                results = said["results"] if several else [said]
                self.acknowledged += [one["prediction_id"] for one in results]
                self._hear(Heard(began, ended, asked, results))


def question() -> dict[str, Any]:
    """Make up a question."""
    return {
        "pokemon_a_id": random.randint(1, 151),  # noqa: S311  # no secret
        "pokemon_b_id": random.randint(1, 151),  # noqa: S311  # no secret
        "available_moves": random.sample(MOVES, 4),
    }
