"""The micro-batcher: whatever is queued is scored together, and nobody waits for company.

One thread scores; while it works, requests queue, and the next batch takes them all. An idle
batcher scores a lone request at once. The queue is bounded: beyond it the caller is refused
rather than made to wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opentelemetry import trace

from inference.scoring import Duel, Scores, score

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor

MAX_BATCH_DUELS: Final = 1024
MAX_QUEUED_DUELS: Final = 8192

_STOPPING: Final = "the service is stopping"


class OverloadedError(Exception):
    """More duels are queued than may wait."""


class NoModelError(Exception):
    """No model has been loaded yet."""


class ScoringError(Exception):
    """The features or the model broke down over a duel."""


@dataclass(slots=True, eq=False)
class _Job:
    frames: MatchupFrames
    duels: Sequence[Duel]
    scored: asyncio.Future[tuple[list[Scores], trace.SpanContext]]
    context: trace.SpanContext


class Batcher:
    """Scores duels for many requests at once. Used from one event loop."""

    def __init__(self, predictor: Callable[[], Predictor | None], tracer: trace.Tracer) -> None:
        """Take the source of the current predictor, asked once for each batch."""
        self._predictor = predictor
        self._tracer = tracer
        self._queue: deque[_Job] = deque()
        self._queued_duels = 0
        self._wake = asyncio.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="scoring")
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def start(self) -> None:
        """Begin to score."""
        self._task = asyncio.create_task(self._run(), name="batcher")

    async def close(self) -> None:
        """Stop; what is still queued is refused, and so is what comes later."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for job in self._queue:
            if not job.scored.done():
                job.scored.set_exception(OverloadedError(_STOPPING))
        self._queue.clear()
        await asyncio.to_thread(self._thread.shutdown)

    async def score(
        self, frames: MatchupFrames, duels: Sequence[Duel]
    ) -> tuple[list[Scores], trace.SpanContext]:
        """Score the duels; also name the span of the batch that did it.

        Raises:
            OverloadedError: the queue is full, or the batcher is closed.
            NoModelError: there is no predictor.

        """
        if self._closed:
            raise OverloadedError(_STOPPING)
        if self._queued_duels + len(duels) > MAX_QUEUED_DUELS:
            raise OverloadedError(f"{self._queued_duels} duels are waiting already")
        job = _Job(
            frames,
            duels,
            asyncio.get_running_loop().create_future(),
            trace.get_current_span().get_span_context(),
        )
        self._queue.append(job)
        self._queued_duels += len(duels)
        self._wake.set()
        return await job.scored

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            if not self._queue:
                self._wake.clear()
                await self._wake.wait()
            jobs = self._take()
            if jobs:
                await loop.run_in_executor(self._thread, self._score, jobs, loop)

    def _take(self) -> list[_Job]:
        """Take what is queued for one dex, up to a batch; a request that went away is left out."""
        jobs: list[_Job] = []
        size = 0
        while self._queue:
            job = self._queue[0]
            if jobs and (
                job.frames is not jobs[0].frames or size + len(job.duels) > MAX_BATCH_DUELS
            ):
                break
            self._queue.popleft()
            self._queued_duels -= len(job.duels)
            if not job.scored.cancelled():
                jobs.append(job)
                size += len(job.duels)
        return jobs

    def _score(self, jobs: list[_Job], loop: asyncio.AbstractEventLoop) -> None:
        try:
            scores, batch = self._score_together(jobs)
        except BaseException as error:  # noqa: BLE001  # Polars' panics are no Exceptions
            if len(jobs) == 1:
                loop.call_soon_threadsafe(_fail, jobs, error)
                return
            # One of them may be at fault: the others must not suffer for it.
            for job in jobs:
                self._score([job], loop)
        else:
            loop.call_soon_threadsafe(_answer, jobs, scores, batch)

    def _score_together(self, jobs: list[_Job]) -> tuple[list[Scores], trace.SpanContext]:
        duels = [duel for job in jobs for duel in job.duels]
        links = [trace.Link(job.context) for job in jobs if job.context.trace_flags.sampled]
        with self._tracer.start_as_current_span("predict batch", links=links) as span:
            predictor = self._current()
            scores = score(jobs[0].frames, predictor, duels)
            span.set_attributes(
                {
                    "dexwatch.batch.size": len(duels),
                    "dexwatch.batch.rows": scores[0].timing.rows,
                    "dexwatch.model.version": predictor.version,
                }
            )
            return scores, span.get_span_context()

    def _current(self) -> Predictor:
        predictor = self._predictor()
        if predictor is None:
            raise NoModelError("no model has been loaded yet")
        return predictor


def _answer(jobs: list[_Job], scores: list[Scores], batch: trace.SpanContext) -> None:
    start = 0
    for job in jobs:
        end = start + len(job.duels)
        if not job.scored.done():
            job.scored.set_result((scores[start:end], batch))
        start = end


def _fail(jobs: list[_Job], error: BaseException) -> None:
    for job in jobs:
        if not job.scored.done():
            job.scored.set_exception(
                error if isinstance(error, Exception) else ScoringError(str(error))
            )
