"""What a caller sees does not depend on how a request lists its moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import polars as pl
import pytest

from app.language import Language
from app.predictions.schema import BestMoveRequest
from app.predictions.service import PredictionService
from app.served_dex import ServedDex
from capture.fakes import InMemoryCapture
from inference.batcher import Batcher
from telemetry.in_memory import InMemoryTelemetry
from telemetry.instruments import (
    BatchingInstruments,
    ModelInstruments,
    QuestionInstruments,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.predictions.schema import BestMoveResponse
    from features.dex import Dex
    from inference.predictor import Predictor

DUELS: Final = 500


@pytest.fixture
async def service(champion: Predictor) -> AsyncIterator[PredictionService]:
    """Answer with the released champion."""
    memory = InMemoryTelemetry.create()
    tracer = memory.telemetry.tracer("test")
    signals = memory.telemetry.signals
    batcher = Batcher(lambda: champion, tracer, BatchingInstruments.create(signals))
    await batcher.start()
    events, quality = ModelInstruments.create(signals), QuestionInstruments.create(signals)
    yield PredictionService(batcher, InMemoryCapture(), events, quality, tracer)
    await batcher.close()
    memory.telemetry.shutdown()


@pytest.fixture(scope="session")
def requests(dex: Dex, duels: pl.DataFrame) -> list[BestMoveRequest]:
    """Ask about 500 duels, half of them with B's moves unknown."""
    name = dict(dex.moves.select("move_id", "name_en").iter_rows())
    asked = pl.concat([duels.head(DUELS // 2), duels.tail(DUELS // 2)])
    return [
        BestMoveRequest(
            pokemon_a_id=a,
            pokemon_b_id=b,
            available_moves=[name[move] for move in moves_a],
            available_moves_b=None if moves_b is None else [name[move] for move in moves_b],
        )
        for a, b, moves_a, moves_b in asked.iter_rows()
    ]


def _rearranged(request: BestMoveRequest) -> BestMoveRequest:
    """Reverse both lists and name a move of each a second time, in another way."""

    def twice(moves: list[str]) -> list[str]:
        return [*reversed(moves), moves[0].upper()]

    foes = request.available_moves_b
    return msgspec.structs.replace(
        request,
        available_moves=twice(request.available_moves),
        available_moves_b=None if foes is None else twice(foes),
    )


def _seen(response: BestMoveResponse) -> BestMoveResponse:
    """Leave out what differs between any two answers."""
    return msgspec.structs.replace(response, prediction_id="")


async def test_order_and_repetition_change_nothing(
    dex: Dex, service: PredictionService, requests: list[BestMoveRequest]
) -> None:
    """To the last bit, and in the same ranking: reversed lists with a repeated move.

    The policy breaks ties by the order of the moves, so this holds only because the service puts
    them into one order of its own.
    """
    served = ServedDex.prepare(dex)
    plain = await service.best_moves(served, requests, Language.ENGLISH)
    other = await service.best_moves(
        served, [_rearranged(request) for request in requests], Language.ENGLISH
    )
    assert [*map(_seen, plain)] == [*map(_seen, other)]
    assert {len(response.all_moves) for response in plain} == {4}


async def test_moves_are_ranked_by_win_probability_then_expected_damage(
    dex: Dex, service: PredictionService, requests: list[BestMoveRequest]
) -> None:
    """The best move comes first; of equals the one with the higher expected damage."""
    served = ServedDex.prepare(dex)
    for response in await service.best_moves(served, requests, Language.ENGLISH):
        keys = [(move.win_probability, move.score) for move in response.all_moves]
        assert keys == sorted(keys, reverse=True)
        assert response.recommended_move == response.all_moves[0].move_name
        assert response.win_probability == response.all_moves[0].win_probability
