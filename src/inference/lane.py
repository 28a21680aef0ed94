"""A bounded queue of work for the scoring thread."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from opentelemetry import trace

    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor
    from inference.scoring import Duel, Scores


class OverloadedError(Exception):
    """More duels are queued than may wait."""


@dataclass(slots=True, eq=False)
class Job:
    """Duels of one request, and where their scores go."""

    frames: MatchupFrames
    predictor: Predictor
    """Who answers: the one that was current when the request came."""
    duels: Sequence[Duel]
    scored: asyncio.Future[tuple[list[Scores], trace.SpanContext]]
    context: trace.SpanContext
    queued_at: float = field(default_factory=perf_counter)


class Lane:
    """Jobs in the order in which they came."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._duels = 0

    def __bool__(self) -> bool:
        return bool(self._jobs)

    @property
    def duels(self) -> int:
        """How many duels wait."""
        return self._duels

    def put(self, job: Job, most_duels: int) -> None:
        """Queue a job.

        Raises:
            OverloadedError: more than ``most_duels`` would wait.

        """
        if self._duels + len(job.duels) > most_duels:
            raise OverloadedError(f"{self._duels} duels are waiting already")
        self._jobs.append(job)
        self._duels += len(job.duels)

    def take(self, most_duels: int) -> list[Job]:
        """Take jobs of one dex and model, up to so many duels but at least one, if there is any.

        A request that went away is left out.
        """
        taken: list[Job] = []
        size = 0
        while self._jobs:
            job = self._jobs[0]
            if taken and not (_alike(job, taken[0]) and size + len(job.duels) <= most_duels):
                break
            self._jobs.popleft()
            self._duels -= len(job.duels)
            if not job.scored.cancelled():
                taken.append(job)
                size += len(job.duels)
        return taken

    def clear(self) -> list[Job]:
        """Take everything."""
        taken = list(self._jobs)
        self._jobs.clear()
        self._duels = 0
        return taken


def _alike(one: Job, other: Job) -> bool:
    """Tell whether jobs can be scored together."""
    return one.frames is other.frames and one.predictor is other.predictor
