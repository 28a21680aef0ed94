"""Answer prediction requests: understand, score, capture, put into words."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Final

from opentelemetry import trace
from opentelemetry.context import get_current

from app.pace import Pace
from app.predictions import best_move
from app.predictions.question import SUGGESTED_A_SECOND, QuestionReader
from telemetry.instruments.question import REPEATED_MOVE, UNLEARNABLE_MOVE
from telemetry.sampling import SLOW_SECONDS, PerSecond, is_kept, keep
from telemetry.trace_ids import current_trace_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.language import Language
    from app.predictions.question import Question
    from app.predictions.schema import BestMoveRequest, BestMoveResponse
    from app.served_dex import ServedDex
    from capture.interface import Capture
    from capture.record import CapturedPrediction
    from inference.batcher import Batcher
    from inference.predictor import Predictor
    from inference.scoring import Timing
    from telemetry.instruments import ModelInstruments, QuestionInstruments

logger = logging.getLogger(__name__)

SLOW_TOLD: Final = 10
"""Slow requests in each second of which all parts are traced, and a line is logged."""


@dataclass(frozen=True, slots=True)
class PredictionService:
    """Predicts with whatever model and dex are current."""

    batcher: Batcher
    capture: Capture
    instruments: ModelInstruments
    quality: QuestionInstruments
    tracer: trace.Tracer
    slow: PerSecond = field(default_factory=lambda: PerSecond(SLOW_TOLD))
    suggesting: PerSecond = field(default_factory=lambda: PerSecond(SUGGESTED_A_SECOND))

    async def best_moves(
        self, dex: ServedDex, requests: Sequence[BestMoveRequest], language: Language
    ) -> list[BestMoveResponse]:
        """Answer each request; every answer is captured before it is returned.

        Raises:
            UnknownPokemonError: an id is not in the dex.
            UnknownMoveError: a name is not a move's.
            OverloadedError: too much is queued.
            NoModelError: no model is loaded.

        """
        began = perf_counter()
        reader = self.reader(dex)
        questions = [reader.read(request) for request in requests]
        return await self.answer(dex, questions, language, began=began)

    async def answer(
        self,
        dex: ServedDex,
        questions: Sequence[Question],
        language: Language,
        *,
        began: float,
        predictor: Predictor | None = None,
    ) -> list[BestMoveResponse]:
        """Answer questions that are scored together, each of them one prediction.

        ``began`` is when the work on them did, by ``perf_counter``. A chunk of many names the
        ``predictor`` that answers all of them.

        Raises:
            OverloadedError: too much is queued.
            NoModelError: no model is loaded.

        """
        duels = [question.duel for question in questions]
        scores, batch = await self.batcher.score(
            dex.frames, duels, predictor=predictor, bulk=predictor is not None
        )
        seconds = perf_counter() - began
        version = scores[0].model_version
        span = trace.get_current_span()
        # What the collector will drop need not be made. Nor all that is slow: when everything is,
        # its parts and its line for each request would make it slower.
        kept = is_kept(span.get_span_context())
        if not kept and seconds >= SLOW_SECONDS and self.slow.take():
            # Before it is measured, so that the measurement may lead to the trace.
            keep(span)
            kept = True
        if kept:
            self._trace(scores[0].timing, version, batch)
        trace_id = current_trace_id()
        responses, records = [], []
        pace = self.pace()
        for question, scored in zip(questions, scores, strict=True):
            response, record = best_move.answer(dex, question, scored, language, trace_id)
            responses.append(response)
            records.append(record)
            await pace.breathe()
        with self.tracer.start_as_current_span("capture") if kept else nullcontext(span):
            await self.capture.append(records)
        self.instruments.predicted_batch(
            version,
            seconds,
            [response.win_probability for response in responses],
            get_current() if kept else None,
        )
        self._judge(questions, responses)
        if kept:
            _tell(records)
        return responses

    def _judge(self, questions: Sequence[Question], responses: Sequence[BestMoveResponse]) -> None:
        if repeated := sum(question.repeated for question in questions):
            self.quality.found(REPEATED_MOVE, repeated)
        if unlearnable := sum(
            not move.learnable for response in responses for move in response.all_moves
        ):
            self.quality.found(UNLEARNABLE_MOVE, unlearnable)

    def reader(self, dex: ServedDex) -> QuestionReader:
        """Give what understands the requests of one call."""
        return QuestionReader(dex, self.suggesting)

    def pace(self) -> Pace:
        """Give a pace for long work beside predictions."""
        return Pace(lambda: self.batcher.busy)

    def _trace(self, timing: Timing, model_version: str, batch: trace.SpanContext) -> None:
        """Show in the request's trace when its batch was worked on, and link the batch."""
        attributes: dict[str, str | int] = {
            "dexwatch.batch.size": timing.duels,
            "dexwatch.batch.rows": timing.rows,
            "dexwatch.model.version": model_version,
        }
        # One that only turned out slow may have been scored in a batch that nobody looked at.
        links = [trace.Link(batch)] if batch.is_valid else []
        phases = (
            ("features", timing.features_start, timing.features_end),
            ("predict", timing.features_end, timing.predict_end),
        )
        for name, start, end in phases:
            span = self.tracer.start_span(
                name, start_time=start, attributes=attributes, links=links
            )
            span.end(end_time=end)


def _tell(records: Sequence[CapturedPrediction]) -> None:
    """Log what was answered, for traces that are kept: as bounded in number as they are."""
    first = records[0]
    logger.info(
        "predicted",
        extra={
            "predictions": len(records),
            "prediction_id": first.prediction_id,
            "model_version": first.model_version,
            "pokemon_a_id": first.pokemon_a_id,
            "pokemon_b_id": first.pokemon_b_id,
            "recommended_move": first.recommended_move,
            "win_probability": first.win_probability,
        },
    )
