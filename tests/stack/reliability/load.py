"""Predictions asked at an even rate, whatever becomes of those before, and what came of each."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Final

import httpx
from tests.acceptance.questions import question
from tests.background import Background

PER_SECOND: Final = 25
BATCH: Final = 5
PATIENCE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when it was due and when it was over, by the monotonic clock."""

    due: float
    ended: float
    predictions: int
    outcome: int | str
    """The status, or the name of what failed."""
    ids: tuple[str, ...]
    """Of the predictions that were answered."""


class Load(Background):
    """Asks in a thread as long as the block lasts; a fifth of the requests are batches."""

    def __init__(self, url: str) -> None:
        """Take whom to ask."""
        super().__init__()
        self._url = url
        self._under_way: set[float] = set()
        self.asked: list[Asked] = []

    def between(self, start: float, end: float) -> list[Asked]:
        """Give what was due in a time, once all of it is over."""
        while self._thread.is_alive() and (
            time.monotonic() < end or any(due < end for due in tuple(self._under_way))
        ):
            time.sleep(0.05)
        return [one for one in tuple(self.asked) if start <= one.due < end]

    def _run(self) -> None:
        asyncio.run(self._ask_all())

    async def _ask_all(self) -> None:
        async with (
            httpx.AsyncClient(base_url=self._url, timeout=PATIENCE_SECONDS) as client,
            asyncio.TaskGroup() as asking,
        ):
            due = time.monotonic()
            while not self._stopping.is_set():
                self._under_way.add(due)
                asking.create_task(self._ask(client, due))
                due += 1 / PER_SECOND
                await asyncio.sleep(due - time.monotonic())

    async def _ask(self, client: httpx.AsyncClient, due: float) -> None:
        several = random.random() < 0.2  # noqa: S311  # no secret
        asked = [question() for _ in range(BATCH if several else 1)]
        body = {"predictions": asked} if several else asked[0]
        path = "/predict/best-move/batch" if several else "/predict/best-move"
        ids: tuple[str, ...] = ()
        outcome: int | str
        try:
            answer = await client.post(path, json=body)
        except httpx.TransportError as error:
            outcome = type(error).__name__
        else:
            outcome = answer.status_code
            if outcome == httpx.codes.OK:
                said = answer.json()
                results = said["results"] if several else [said]
                ids = tuple(one["prediction_id"] for one in results)
        self.asked.append(Asked(due, time.monotonic(), len(asked), outcome, ids))
        self._under_way.discard(due)
