"""The micro-batcher, with a real model and real features."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from inference import batcher as batching
from inference.batcher import Batcher, NoModelError
from inference.lane import OverloadedError
from inference.scoring import Duel, score
from telemetry.in_memory import InMemoryTelemetry
from telemetry.instruments import BatchingInstruments

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from catboost import CatBoost

    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor

DUELS = [
    Duel(1, 25, (57, 58, 89), None),
    Duel(6, 9, (53,), (57, 58)),
    Duel(94, 143, (147, 153), (33,)),
]


@asynccontextmanager
async def _batcher(
    predictor: Callable[[], Predictor | None], observed: InMemoryTelemetry | None = None
) -> AsyncIterator[Batcher]:
    telemetry = (observed or InMemoryTelemetry.create()).telemetry
    batcher = Batcher(
        predictor, telemetry.tracer("test"), BatchingInstruments.create(telemetry.signals)
    )
    await batcher.start()
    try:
        yield batcher
    finally:
        await batcher.close()


class _Gate:
    """Lets the first batch begin only when told, so that others queue behind it.

    It is the model of the predictor that it gives, in the place of the real one.
    """

    def __init__(self, predictor: Predictor) -> None:
        self._model = predictor.model
        self._gated = replace(predictor, model=cast("CatBoost", self), trees=None)
        self.entered = threading.Event()
        self.opened = threading.Event()

    def __call__(self) -> Predictor:
        return self._gated

    def predict(self, *arguments: Any, **options: Any) -> Any:
        """Predict as the real model, once the gate is open."""
        self.entered.set()
        assert self.opened.wait(10)
        return self._model.predict(*arguments, **options)


async def test_each_request_gets_the_scores_of_its_own_duels(
    frames: MatchupFrames, predictor: Predictor
) -> None:
    """Scores from a shared batch are those that each duel has alone, to the last bit."""
    async with _batcher(lambda: predictor) as batcher:
        answers = await asyncio.gather(*(batcher.score(frames, [duel]) for duel in DUELS * 10))
    for duel, ((scores,), _) in zip(DUELS * 10, answers, strict=True):
        (alone,) = score(frames, predictor, [duel])
        assert scores.win_probabilities == alone.win_probabilities
        assert scores.rows.tobytes() == alone.rows.tobytes()


async def test_what_queues_while_a_batch_is_scored_is_scored_together(
    frames: MatchupFrames, predictor: Predictor
) -> None:
    """A lone request is a batch of one at once; the twenty behind it are the next batch."""
    gate = _Gate(predictor)
    async with _batcher(gate) as batcher:
        first = asyncio.create_task(batcher.score(frames, DUELS[:1]))
        await asyncio.to_thread(gate.entered.wait, 10)
        others = [asyncio.create_task(batcher.score(frames, DUELS[1:2])) for _ in range(20)]
        await asyncio.sleep(0)
        gate.opened.set()
        sizes = [scores[0].timing.duels for scores, _ in await asyncio.gather(first, *others)]
    assert sizes == [1] + [20] * 20


async def test_a_request_that_goes_away_harms_no_other(
    frames: MatchupFrames, predictor: Predictor
) -> None:
    """A cancelled request is left out of its batch, or its result is dropped; others answer."""
    gate = _Gate(predictor)
    async with _batcher(gate) as batcher:
        scoring = asyncio.create_task(batcher.score(frames, DUELS[:1]))
        await asyncio.to_thread(gate.entered.wait, 10)
        queued = asyncio.create_task(batcher.score(frames, DUELS[1:2]))
        staying = asyncio.create_task(batcher.score(frames, DUELS[2:]))
        await asyncio.sleep(0)
        scoring.cancel()
        queued.cancel()
        gate.opened.set()
        ((scores,), _) = await staying
        assert scores.timing.duels == 1
        assert scoring.cancelled() or ((await asyncio.wait([scoring])) and scoring.cancelled())


async def test_beyond_its_bound_the_queue_refuses(
    frames: MatchupFrames, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full queue refuses at once, and takes requests again when it has drained."""
    monkeypatch.setattr(batching, "MAX_QUEUED_DUELS", 2)
    gate = _Gate(predictor)
    async with _batcher(gate) as batcher:
        scoring = asyncio.create_task(batcher.score(frames, DUELS[:1]))
        await asyncio.to_thread(gate.entered.wait, 10)
        waiting = [asyncio.create_task(batcher.score(frames, DUELS[:1])) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await batcher.score(frames, DUELS[:1])
        gate.opened.set()
        await asyncio.gather(scoring, *waiting)
        await batcher.score(frames, DUELS[:1])


async def test_a_request_waits_for_one_chunk_at_most(
    frames: MatchupFrames, predictor: Predictor
) -> None:
    """Bulk work and requests take turns: neither waits for more than one batch of the other."""
    gate = _Gate(predictor)
    finished: list[str] = []

    async def ask(batcher: Batcher, name: str, *, bulk: bool) -> None:
        await batcher.score(frames, DUELS[:1], bulk=bulk)
        finished.append(name)

    async with _batcher(gate) as batcher:
        asking = [asyncio.create_task(ask(batcher, "chunk 0", bulk=True))]
        await asyncio.to_thread(gate.entered.wait, 10)
        asking += [
            asyncio.create_task(ask(batcher, f"chunk {number}", bulk=True)) for number in (1, 2)
        ]
        await asyncio.sleep(0)
        asking += [asyncio.create_task(ask(batcher, "request", bulk=False)) for _ in range(2)]
        await asyncio.sleep(0)
        gate.opened.set()
        await asyncio.gather(*asking)
    assert finished == ["chunk 0", "request", "request", "chunk 1", "chunk 2"]


async def test_bulk_work_goes_on_under_load(frames: MatchupFrames, predictor: Predictor) -> None:
    """While requests never cease, every other batch is a chunk."""
    gate = _Gate(predictor)
    sizes: list[int] = []
    async with _batcher(gate) as batcher:

        async def ask_on() -> None:
            while True:
                await batcher.score(frames, DUELS[:1])

        asking = [asyncio.create_task(ask_on()) for _ in range(5)]
        await asyncio.to_thread(gate.entered.wait, 10)
        chunks = [asyncio.create_task(batcher.score(frames, DUELS, bulk=True)) for _ in range(3)]
        assert batcher.busy
        gate.opened.set()
        for chunk in chunks:
            (scores, *_), _ = await asyncio.wait_for(chunk, 10)
            sizes.append(scores.timing.duels)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    assert sizes == [3, 3, 3]


async def test_each_request_is_answered_by_the_model_that_was_current_when_it_came(
    frames: MatchupFrames, predictor: Predictor
) -> None:
    """A model that takes over while requests queue answers those that come after, alone."""
    gate = _Gate(predictor)
    models = [gate()]
    async with _batcher(lambda: models[0]) as batcher:
        first = asyncio.create_task(batcher.score(frames, DUELS[:1]))
        await asyncio.to_thread(gate.entered.wait, 10)
        before = [asyncio.create_task(batcher.score(frames, DUELS[:1])) for _ in range(2)]
        await asyncio.sleep(0)
        models[0] = replace(predictor, version="v2")
        after = [asyncio.create_task(batcher.score(frames, DUELS[:1])) for _ in range(2)]
        pinned = asyncio.create_task(batcher.score(frames, DUELS[:1], predictor=gate()))
        await asyncio.sleep(0)
        gate.opened.set()
        answers = await asyncio.gather(first, *before, *after, pinned)
    versions = [scores[0].model_version for scores, _ in answers]
    assert versions == ["v1", "v1", "v1", "v2", "v2", "v1"]


async def test_without_a_model_requests_are_told_so(frames: MatchupFrames) -> None:
    """No model is an error for the request, not for the batcher."""
    models: list[Predictor | None] = [None]
    async with _batcher(lambda: models[0]) as batcher:
        for _ in range(2):
            with pytest.raises(NoModelError):
                await batcher.score(frames, DUELS[:1])


async def test_a_duel_that_cannot_be_scored_fails_alone(
    frames: MatchupFrames, predictor: Predictor
) -> None:
    """Requests that share its batch are answered, and the batcher works on."""
    gate = _Gate(predictor)
    broken = Duel(9_999, 25, (57,), None)
    async with _batcher(gate) as batcher:
        first = asyncio.create_task(batcher.score(frames, DUELS[:1]))
        await asyncio.to_thread(gate.entered.wait, 10)
        beside = [asyncio.create_task(batcher.score(frames, [duel])) for duel in (DUELS[1], broken)]
        await asyncio.sleep(0)
        gate.opened.set()
        await first
        good, bad = await asyncio.gather(*beside, return_exceptions=True)
        assert isinstance(bad, Exception)
        assert not isinstance(good, BaseException)
        assert len(good[0][0].win_probabilities) == 1
        ((scores,), _) = await batcher.score(frames, DUELS[:1])
        assert len(scores.win_probabilities) == 3


async def test_closing_refuses_what_is_queued(frames: MatchupFrames, predictor: Predictor) -> None:
    """Nobody waits for ever on a batcher that has stopped."""
    async with _batcher(lambda: predictor) as batcher:
        await batcher.close()
        with pytest.raises(OverloadedError):
            await asyncio.wait_for(batcher.score(frames, DUELS[:1]), 5)


async def test_the_batch_links_the_requests_and_they_link_the_batch(
    frames: MatchupFrames, predictor: Predictor
) -> None:
    """The batch's span names size, rows and model, and links every request in it."""
    observed = InMemoryTelemetry.create()
    tracer = observed.telemetry.tracer("test")
    async with _batcher(lambda: predictor, observed) as batcher:
        with tracer.start_as_current_span("request") as request:
            _, batch = await batcher.score(frames, DUELS)
    (span,) = [span for span in observed.spans() if span.name == "predict batch"]
    assert span.context is not None
    assert span.context.span_id == batch.span_id
    assert [link.context.span_id for link in span.links] == [request.get_span_context().span_id]
    assert dict(span.attributes or {}) == {
        "dexwatch.batch.size": 3,
        "dexwatch.batch.rows": 6,
        "dexwatch.model.version": "v1",
    }


class _Blind:
    """An onlooker that breaks down over everything it sees."""

    def scored(self, scores: object, /, *, waiting: int) -> None:
        del scores, waiting
        raise RuntimeError("scored")

    def failed(self, model_version: str, duels: int, /) -> None:
        del model_version, duels
        raise RuntimeError("failed")


async def test_an_onlooker_that_breaks_down_stops_nothing(
    frames: MatchupFrames, predictor: Predictor, caplog: pytest.LogCaptureFixture
) -> None:
    """Its error is logged, and the next request is answered like the first."""
    memory = InMemoryTelemetry.create()
    batcher = Batcher(
        lambda: predictor,
        memory.telemetry.tracer("test"),
        BatchingInstruments.create(memory.telemetry.signals),
        _Blind(),
    )
    await batcher.start()
    for _ in range(2):
        async with asyncio.timeout(10):
            (scores,), _ = await batcher.score(frames, DUELS[:1])
        assert scores.timing.duels == 1
    await batcher.close()
    assert "could not be looked at" in caplog.text
