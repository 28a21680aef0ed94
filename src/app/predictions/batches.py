"""Answer a thousand prediction requests in one, each by itself."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final

import msgspec

from app.http.json_request import JsonDecoder
from app.predictions.schema import BestMoveRequest
from app.problems.exceptions import (
    InvalidBodyError,
    MalformedJsonError,
    UnknownMoveError,
    UnknownPokemonError,
)
from app.problems.handlers import refuse
from inference.batcher import CHUNK_MOVES, NoModelError
from inference.lane import OverloadedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.language import Language
    from app.predictions.question import Question
    from app.predictions.service import PredictionService
    from app.served_dex import ServedDex

MOST_AT_ONCE: Final = 8
"""Batches that may be under way; more are refused at once. They take turns chunk by chunk."""

_encoder: Final = msgspec.json.Encoder()
_decode: Final = JsonDecoder(BestMoveRequest)


class BatchService:
    """Answers batches. Used from one event loop, which it never holds for long."""

    def __init__(self, predictions: PredictionService) -> None:
        self.predictions = predictions
        self._under_way = 0

    async def best_moves(
        self, dex: ServedDex, elements: Sequence[msgspec.Raw], language: Language
    ) -> list[msgspec.Raw]:
        """Give an answer or a problem for each element, in their order, encoded.

        Raises:
            OverloadedError: enough batches are under way, or nothing of this one could be queued.
            NoModelError: no model is loaded.

        """
        if self._under_way >= MOST_AT_ONCE:
            self.predictions.batcher.turn_away(len(elements))
            raise OverloadedError(f"{self._under_way} batches are under way already")
        self._under_way += 1
        try:
            batch = _Batch(self.predictions, dex, language)
            return await batch.answer(elements)
        finally:
            self._under_way -= 1


class _Batch:
    """One batch on its way, answered by one model from its first element to its last."""

    def __init__(self, predictions: PredictionService, dex: ServedDex, language: Language) -> None:
        self._predictions = predictions
        self._dex = dex
        self._language = language
        self._predictor = predictions.batcher.current()
        self._pace = predictions.pace()
        self._results: dict[int, bytes] = {}
        self._answered = 0

    async def answer(self, elements: Sequence[msgspec.Raw]) -> list[msgspec.Raw]:
        questions = await self._read(elements)
        for chunk in _chunks(questions):
            await self._score(chunk)
        return [msgspec.Raw(self._results[place]) for place in range(len(elements))]

    async def _read(self, elements: Sequence[msgspec.Raw]) -> dict[int, Question]:
        """Understand the elements, by place; refuse those that cannot be understood."""
        reader = self._predictions.reader(self._dex)
        questions = {}
        for place, element in enumerate(elements):
            try:
                questions[place] = reader.read(_decode(bytes(element)))
            except (
                InvalidBodyError,
                MalformedJsonError,
                UnknownMoveError,
                UnknownPokemonError,
            ) as error:
                self._results[place] = refuse(error).encode()
            await self._pace.breathe()
        return questions

    async def _score(self, chunk: dict[int, Question]) -> None:
        try:
            responses = await self._predictions.answer(
                self._dex,
                [*chunk.values()],
                self._language,
                began=perf_counter(),
                predictor=self._predictor,
            )
        except (OverloadedError, NoModelError) as error:
            if not self._answered:
                raise
            self._results |= dict.fromkeys(chunk, refuse(error).encode())
        except Exception as error:  # noqa: BLE001  # whatever breaks over one must not stop the rest
            if len(chunk) == 1:
                self._results |= dict.fromkeys(chunk, refuse(error).encode())
                return
            for place, question in chunk.items():
                await self._score({place: question})
        else:
            self._answered += len(chunk)
            for place, response in zip(chunk, responses, strict=True):
                self._results[place] = _encoder.encode(response)
                await self._pace.breathe()


def _chunks(questions: dict[int, Question]) -> Iterator[dict[int, Question]]:
    """Cut questions into parts of about as many moves as are scored at a time."""
    chunk: dict[int, Question] = {}
    moves = 0
    for place, question in questions.items():
        size = len(question.asked)
        if chunk and moves + size > CHUNK_MOVES:
            yield chunk
            chunk, moves = {}, 0
        chunk[place] = question
        moves += size
    if chunk:
        yield chunk
