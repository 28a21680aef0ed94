"""Put scores into an answer, and into the record of it that is captured."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from app.predictions.schema import BestMoveResponse, MoveScore
from capture.prediction_id import new_prediction_id
from capture.record import CapturedPrediction
from inference.scoring import FEATURE_POSITION

if TYPE_CHECKING:
    from app.language import Language
    from app.predictions.question import Question
    from app.served_dex import ServedDex
    from inference.scoring import Scores

_SHOWN: Final = slice(FEATURE_POSITION["move_power"], FEATURE_POSITION["move_effective_power"] + 1)
"""Power, chance to hit, same-type bonus, type multiplier, and their product."""
_EVEN: Final = 0.5


def answer(
    dex: ServedDex, question: Question, scored: Scores, language: Language, trace_id: str | None
) -> tuple[BestMoveResponse, CapturedPrediction]:
    """Answer a question; also give what is captured of it, with the id of its trace."""
    duel = question.duel
    probabilities, damage = scored.win_probabilities, scored.expected_damage
    shown = scored.rows[:, _SHOWN].tolist()
    order = scored.ranking
    all_moves = []
    for row in order:
        move = dex.moves[duel.moves_a[row]]
        power, _, stab, effectiveness, effective_power = shown[row]
        all_moves.append(
            MoveScore(
                move_name=move.name(language),
                move_type=dex.types[move.type_id].name(language),
                move_power=int(power),
                effective_power=effective_power,
                type_multiplier=effectiveness,
                stab=stab,
                priority=move.priority,
                score=round(damage[row], 2),
                win_probability=probabilities[row],
                predicted_winner="A" if probabilities[row] >= _EVEN else "B",
                learnable=(duel.pokemon_a_id, move.move_id) in dex.learns,
            )
        )
    response = BestMoveResponse(
        prediction_id=new_prediction_id(),
        pokemon_a_id=duel.pokemon_a_id,
        pokemon_a_name=dex.forms[duel.pokemon_a_id].name(language),
        pokemon_b_id=duel.pokemon_b_id,
        pokemon_b_name=dex.forms[duel.pokemon_b_id].name(language),
        recommended_move=all_moves[0].move_name,
        win_probability=all_moves[0].win_probability,
        model_version=scored.model_version,
        all_moves=all_moves,
    )
    return response, _captured(dex, question, scored, response, trace_id)


def _captured(
    dex: ServedDex,
    question: Question,
    scored: Scores,
    response: BestMoveResponse,
    trace_id: str | None,
) -> CapturedPrediction:
    """Record the prediction with moves by identifier, in the order they were asked for."""
    duel, best = question.duel, scored.best
    probability_of = dict(zip(duel.moves_a, scored.win_probabilities, strict=True))
    return CapturedPrediction(
        features=scored.rows[best].tobytes(),
        prediction_id=response.prediction_id,
        predicted_at=datetime.now(UTC),
        trace_id=trace_id,
        model_version=response.model_version,
        pokemon_a_id=duel.pokemon_a_id,
        pokemon_b_id=duel.pokemon_b_id,
        available_moves=[dex.moves[move_id].identifier for move_id in question.asked],
        available_moves_b=None
        if question.asked_b is None
        else [dex.moves[move_id].identifier for move_id in question.asked_b],
        recommended_move=dex.moves[duel.moves_a[best]].identifier,
        win_probability=response.win_probability,
        win_probabilities=[probability_of[move_id] for move_id in question.asked],
    )
