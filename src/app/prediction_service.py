"""Answer prediction requests: resolve names, score, capture, put into words."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Final

from opentelemetry import trace

from app.prediction_schema import BestMoveResponse, MoveScore
from app.problems import UnknownMoveError, UnknownPokemonError
from capture.record import CapturedPrediction
from inference.scoring import FEATURE_POSITION, Duel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.language import Language
    from app.prediction_schema import BestMoveRequest
    from app.served_dex import ServedDex
    from capture.interface import Capture
    from inference.batcher import Batcher
    from inference.scoring import Scores, Timing
    from telemetry.instruments import ModelInstruments

_POWER: Final = FEATURE_POSITION["move_power"]
_EFFECTIVE_POWER: Final = FEATURE_POSITION["move_effective_power"]
_EFFECTIVENESS: Final = FEATURE_POSITION["move_effectiveness"]
_STAB: Final = FEATURE_POSITION["move_stab"]
_EXPECTED: Final = FEATURE_POSITION["move_expected"]
_TARGET_HP: Final = FEATURE_POSITION["b_hp"]


@dataclass(frozen=True, slots=True)
class PredictionService:
    """Predicts with whatever model and dex are current."""

    batcher: Batcher
    capture: Capture
    instruments: ModelInstruments
    tracer: trace.Tracer

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
        duels = [resolve(dex, request) for request in requests]
        scores, batch = await self.batcher.score(dex.frames, duels)
        seconds = perf_counter() - began
        self._trace(scores[0].timing, scores[0].model_version, batch)
        answered = [
            _answer(dex, request, duel, scored, language)
            for request, duel, scored in zip(requests, duels, scores, strict=True)
        ]
        with self.tracer.start_as_current_span("capture") as span:
            await self.capture.append([captured for _, captured in answered])
            span.set_attribute("dexwatch.capture.rows", len(answered))
        responses = [response for response, _ in answered]
        self.instruments.predicted_batch(
            scores[0].model_version, seconds, [response.win_probability for response in responses]
        )
        return responses

    def _trace(self, timing: Timing, model_version: str, batch: trace.SpanContext) -> None:
        """Show in the request's trace when its batch was worked on, and link the batch."""
        if not trace.get_current_span().is_recording():
            return
        attributes: dict[str, str | int] = {
            "dexwatch.batch.size": timing.duels,
            "dexwatch.batch.rows": timing.rows,
            "dexwatch.model.version": model_version,
        }
        phases = (
            ("features", timing.features_start, timing.features_end),
            ("predict", timing.features_end, timing.predict_end),
        )
        for name, start, end in phases:
            span = self.tracer.start_span(
                name, start_time=start, attributes=attributes, links=[trace.Link(batch)]
            )
            span.end(end_time=end)


def resolve(dex: ServedDex, request: BestMoveRequest) -> Duel:
    """Look a request's names up.

    Raises:
        UnknownPokemonError: an id is not in the dex.
        UnknownMoveError: a name is not a move's.

    """
    for side in ("a", "b"):
        field = f"pokemon_{side}_id"
        form_id = getattr(request, field)
        if form_id not in dex.forms:
            raise UnknownPokemonError(form_id, f"/{field}")
    return Duel(
        request.pokemon_a_id,
        request.pokemon_b_id,
        tuple(sorted(_move_ids(dex, request.available_moves, "available_moves"))),
        None
        if request.available_moves_b is None
        else tuple(sorted(_move_ids(dex, request.available_moves_b, "available_moves_b"))),
    )


def _move_ids(dex: ServedDex, names: Sequence[str], field: str) -> dict[int, None]:
    """Resolve names to distinct moves, in the order in which they were asked for."""
    moves: dict[int, None] = {}
    for position, name in enumerate(names):
        move_id = dex.move_names.resolve(name)
        if move_id is None:
            pointer = f"/{field}/{position}"
            raise UnknownMoveError(name, dex.move_names.suggest(name), pointer)
        moves[move_id] = None
    return moves


def ranking(scored: Scores) -> list[int]:
    """Order a duel's moves, best first: by win probability, ties by expected damage.

    The sort is stable, so then by move id.
    """
    return sorted(
        range(len(scored.rows)),
        key=lambda row: (-scored.win_probabilities[row], -scored.rows[row, _EXPECTED]),
    )


def _answer(
    dex: ServedDex, request: BestMoveRequest, duel: Duel, scored: Scores, language: Language
) -> tuple[BestMoveResponse, CapturedPrediction]:
    rows, probabilities = scored.rows, scored.win_probabilities
    order = ranking(scored)
    all_moves = []
    for row in order:
        move = dex.moves[duel.moves_a[row]]
        probability = float(probabilities[row])
        features = rows[row]
        all_moves.append(
            MoveScore(
                move_name=move.name(language),
                move_type=dex.types[move.type_id].name(language),
                move_power=int(features[_POWER]),
                effective_power=float(features[_EFFECTIVE_POWER]),
                type_multiplier=float(features[_EFFECTIVENESS]),
                stab=float(features[_STAB]),
                priority=move.priority,
                score=round(float(features[_EXPECTED] * features[_TARGET_HP]), 2),
                win_probability=probability,
                predicted_winner="A" if probability >= 0.5 else "B",  # noqa: PLR2004  # even chances
                learnable=(duel.pokemon_a_id, move.move_id) in dex.learns,
            )
        )
    best = order[0]
    response = BestMoveResponse(
        prediction_id=str(uuid.uuid4()),
        pokemon_a_id=duel.pokemon_a_id,
        pokemon_a_name=dex.forms[duel.pokemon_a_id].name(language),
        pokemon_b_id=duel.pokemon_b_id,
        pokemon_b_name=dex.forms[duel.pokemon_b_id].name(language),
        recommended_move=all_moves[0].move_name,
        win_probability=all_moves[0].win_probability,
        model_version=scored.model_version,
        all_moves=all_moves,
    )
    return response, _captured(dex, request, duel, scored, response=response, best=best)


def _captured(  # noqa: PLR0913  # one record is made of all of them
    dex: ServedDex,
    request: BestMoveRequest,
    duel: Duel,
    scored: Scores,
    *,
    response: BestMoveResponse,
    best: int,
) -> CapturedPrediction:
    """Record the prediction with moves by identifier, in the order they were asked for."""
    asked = _move_ids(dex, request.available_moves, "available_moves")
    probability_of = dict(zip(duel.moves_a, scored.win_probabilities.tolist(), strict=True))
    asked_b = request.available_moves_b
    context = trace.get_current_span().get_span_context()
    return CapturedPrediction(
        features=scored.rows[best].tobytes(),
        prediction_id=response.prediction_id,
        predicted_at=datetime.now(UTC),
        trace_id=trace.format_trace_id(context.trace_id) if context.is_valid else None,
        model_version=response.model_version,
        pokemon_a_id=duel.pokemon_a_id,
        pokemon_b_id=duel.pokemon_b_id,
        available_moves=[dex.moves[move_id].identifier for move_id in asked],
        available_moves_b=None
        if asked_b is None
        else [
            dex.moves[move_id].identifier
            for move_id in _move_ids(dex, asked_b, "available_moves_b")
        ],
        recommended_move=dex.moves[duel.moves_a[best]].identifier,
        win_probability=response.win_probability,
        win_probabilities=[probability_of[move_id] for move_id in asked],
    )
