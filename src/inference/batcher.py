"""The micro-batcher: whatever is queued is scored together, and nobody waits for company.

One thread scores; while it works, requests queue, and the next batch takes them all, without a
turn of the event loop in between. An idle batcher scores a lone request at once. The queue is
bounded: beyond it the caller is refused rather than made to wait.

Bulk work comes in chunks and has a lane of its own. The lanes take turns, so that a request waits
for one chunk at most, however many there are, and bulk work goes on under any load.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import nullcontext, suppress
from time import perf_counter
from typing import TYPE_CHECKING, Final, Protocol

from opentelemetry import trace

from inference.lane import Job, Lane, OverloadedError
from inference.scoring import score
from telemetry.instruments.batching import NO_MODEL, OVERLOAD, QUEUE_FULL, STOPPING
from telemetry.sampling import is_kept

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor
    from inference.scoring import Duel, Scores

logger = logging.getLogger(__name__)

MAX_BATCH_DUELS: Final = 1024
MAX_QUEUED_DUELS: Final = 8192
"""In each lane."""
CHUNK_MOVES: Final = 256
"""Moves of A that a chunk of bulk work may hold: about four milliseconds of work."""

_STOPPING: Final = "the service is stopping"


class NoModelError(Exception):
    """No model has been loaded yet."""


class ScoringError(Exception):
    """The features or the model broke down over a duel."""


class BatchEvents(Protocol):
    """What becomes of queued duels, for metrics. Called from any thread."""

    def scored(self, duels: int, longest_wait: float, /) -> None:
        """Note a batch, and how many seconds the first of its jobs had waited for it."""

    def refused(self, reason: str, duels: int, /) -> None:
        """Note duels that were not scored."""

    def watch_waiting(self, waiting: Callable[[], int], /) -> None:
        """Ask ``waiting``, whenever someone looks, how many duels wait."""


class Onlooker(Protocol):
    """Sees each batch once its answers are on their way, in the scoring thread."""

    def scored(self, scores: Sequence[Scores], /, *, waiting: int) -> None:
        """See the scores of a batch, and how many duels wait for the next."""

    def failed(self, model_version: str, duels: int, /) -> None:
        """See that the features or the model broke down over duels."""


class Batcher:
    """Scores duels for many requests at once. Used from one event loop."""

    def __init__(
        self,
        predictor: Callable[[], Predictor | None],
        tracer: trace.Tracer,
        events: BatchEvents,
        onlooker: Onlooker | None = None,
    ) -> None:
        """Take the source of the current predictor, asked once for each request."""
        self._onlooker = onlooker
        self._predictor = predictor
        self._tracer = tracer
        self._events = events
        events.watch_waiting(lambda: self._waiting)
        self._single = Lane()
        self._bulk = Lane()
        self._bulk_was_last = False
        self._under_way = False
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = threading.Condition()
        """Held to look at the lanes and what else both threads know."""
        self._thread = threading.Thread(target=self._run, name="scoring", daemon=True)

    def current(self) -> Predictor:
        """Give the predictor that a request which comes now is answered by.

        Raises:
            NoModelError: there is none.

        """
        predictor = self._predictor()
        if predictor is None:
            raise NoModelError("no model has been loaded yet")
        return predictor

    @property
    def _waiting(self) -> int:
        return self._single.duels + self._bulk.duels

    @property
    def busy(self) -> bool:
        """Whether anything is being scored or waits for it."""
        return self._under_way or bool(self._single) or bool(self._bulk)

    async def start(self) -> None:
        """Begin to score."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def close(self) -> None:
        """Stop; what is still queued is refused, and so is what comes later."""
        with self._changed:
            self._closed = True
            left = [*self._single.clear(), *self._bulk.clear()]
            self._changed.notify()
        for job in left:
            self._events.refused(STOPPING, len(job.duels))
            if not job.scored.done():
                job.scored.set_exception(OverloadedError(_STOPPING))
        if self._loop is not None:
            await asyncio.to_thread(self._thread.join)

    async def score(
        self,
        frames: MatchupFrames,
        duels: Sequence[Duel],
        *,
        predictor: Predictor | None = None,
        bulk: bool = False,
    ) -> tuple[list[Scores], trace.SpanContext]:
        """Score the duels; also name the span of the batch that did it.

        Args:
            frames: the prepared dex.
            duels: of one request.
            predictor: who answers; None: whoever is current. A request in several parts names one,
                so that a model which takes over meanwhile does not answer a part of it.
            bulk: for a chunk of much work, of about :data:`CHUNK_MOVES`.

        Raises:
            OverloadedError: the queue is full, or the batcher is closed.
            NoModelError: there is no predictor.

        """
        if self._closed:
            self._events.refused(STOPPING, len(duels))
            raise OverloadedError(_STOPPING)
        try:
            predictor = predictor or self.current()
        except NoModelError:
            self._events.refused(NO_MODEL, len(duels))
            raise
        job = Job(
            frames,
            predictor,
            duels,
            asyncio.get_running_loop().create_future(),
            trace.get_current_span().get_span_context(),
        )
        try:
            with self._changed:
                (self._bulk if bulk else self._single).put(job, MAX_QUEUED_DUELS)
                self._changed.notify()
        except OverloadedError:
            self._events.refused(QUEUE_FULL, len(duels))
            raise
        return await job.scored

    def turn_away(self, duels: int) -> None:
        """Note duels that were refused before they could be queued."""
        self._events.refused(OVERLOAD, duels)

    def _run(self) -> None:
        """Score what is queued, in the thread, until closed."""
        while True:
            with self._changed:
                self._under_way = False
                while not self._single and not self._bulk and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                jobs = self._take()
                self._under_way = bool(jobs)
            if jobs:
                self._score(jobs)

    def _take(self) -> list[Job]:
        """Take the next batch: what is queued singly, or one chunk, in turns."""
        bulk = bool(self._bulk) and not (self._single and self._bulk_was_last)
        self._bulk_was_last = bulk
        return self._bulk.take(0) if bulk else self._single.take(MAX_BATCH_DUELS)

    def _score(self, jobs: list[Job]) -> None:
        try:
            scores, batch = self._score_together(jobs)
        except BaseException as error:  # noqa: BLE001  # Polars' panics are no Exceptions
            if len(jobs) == 1:
                self._in_loop(_fail, jobs, error)
                self._show_failure(jobs[0])
                return
            # One of them may be at fault: the others must not suffer for it.
            for job in jobs:
                self._score([job])
        else:
            self._in_loop(_answer, jobs, scores, batch)
            self._show(scores)

    def _show(self, scores: Sequence[Scores]) -> None:
        try:
            if self._onlooker:
                self._onlooker.scored(scores, waiting=self._waiting)
        except Exception:  # whoever looks on must not end the scoring
            logger.exception("a batch of %d duels could not be looked at", len(scores))

    def _show_failure(self, job: Job) -> None:
        try:
            if self._onlooker:
                self._onlooker.failed(job.predictor.version, len(job.duels))
        except Exception:  # as above
            logger.exception("a failed request could not be looked at")

    def _in_loop(self, answer: Callable[..., None], *arguments: object) -> None:
        """Answer in the loop; where it has ended meanwhile, nobody waits any more."""
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(answer, *arguments)

    def _score_together(self, jobs: list[Job]) -> tuple[list[Scores], trace.SpanContext]:
        duels = [duel for job in jobs for duel in job.duels]
        waited = perf_counter() - jobs[0].queued_at
        predictor = jobs[0].predictor
        with self._span(jobs) as span:
            scores = score(jobs[0].frames, predictor, duels)
            self._events.scored(len(duels), waited)
            span.set_attributes(
                {
                    "dexwatch.batch.size": len(duels),
                    "dexwatch.batch.rows": scores[0].timing.rows,
                    "dexwatch.model.version": predictor.version,
                }
            )
            return scores, span.get_span_context()

    def _span(self, jobs: list[Job]) -> AbstractContextManager[trace.Span]:
        """Show the batch where somebody will see it: where the trace of one of its jobs is kept."""
        links = [trace.Link(job.context) for job in jobs if is_kept(job.context)]
        if not links:
            return nullcontext(trace.INVALID_SPAN)
        return self._tracer.start_as_current_span("predict batch", links=links)


def _answer(jobs: list[Job], scores: list[Scores], batch: trace.SpanContext) -> None:
    start = 0
    for job in jobs:
        end = start + len(job.duels)
        if not job.scored.done():
            job.scored.set_result((scores[start:end], batch))
        start = end


def _fail(jobs: list[Job], error: BaseException) -> None:
    for job in jobs:
        if not job.scored.done():
            job.scored.set_exception(
                error if isinstance(error, Exception) else ScoringError(str(error))
            )
