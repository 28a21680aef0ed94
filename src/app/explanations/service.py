"""Why each move is as good as the model says, worked out under a budget of its own."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from app.explanations.facts import Facts
from app.explanations.schema import Explanation, FeatureContribution, MoveExplanation, Reason
from app.explanations.words import details, sentence, with_points
from app.predictions.question import SUGGESTED_A_SECOND, QuestionReader
from features.contract import FEATURE_NAMES
from features.groups import FEATURES_OF
from inference.batcher import NoModelError
from inference.lane import OverloadedError
from inference.scoring import FEATURE_POSITION, score
from telemetry.sampling import PerSecond

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from app.language import Language
    from app.predictions.schema import BestMoveRequest
    from app.served_dex import ServedDex
    from inference.predictor import Predictor
    from inference.scoring import Duel, Scores
    from telemetry.instruments import ModelInstruments

THREADS: Final = 1
"""Explaining takes a hundred times as long as predicting: it may have one core, not all."""
MOST_WAITING: Final = 8
"""Explanations under way and waiting; more are refused at once."""

_PLACES: Final = {
    group: [FEATURE_POSITION[name] for name in names] for group, names in FEATURES_OF.items()
}


class ExplanationService:
    """Explains predictions, a few at a time. Used from one event loop."""

    def __init__(
        self, predictor: Callable[[], Predictor | None], instruments: ModelInstruments
    ) -> None:
        """Take the source of the current predictor, asked once for each explanation."""
        self._predictor = predictor
        self._instruments = instruments
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="explain")
        self._suggesting = PerSecond(SUGGESTED_A_SECOND)
        self._waiting = 0
        instruments.watch_explanations(lambda: self._waiting)

    async def explain(
        self, dex: ServedDex, request: BestMoveRequest, language: Language
    ) -> Explanation:
        """Explain every move of a request; it is neither captured nor counted as a prediction.

        Raises:
            UnknownPokemonError: an id is not in the dex.
            UnknownMoveError: a name is not a move's.
            OverloadedError: enough explanations are waiting already.
            NoModelError: no model is loaded.

        """
        duel = QuestionReader(dex, self._suggesting).read(request).duel
        predictor = self._predictor()
        if predictor is None:
            raise NoModelError("no model has been loaded yet")
        if self._waiting >= MOST_WAITING:
            self._instruments.explanation_refused()
            raise OverloadedError(f"{self._waiting} explanations are waiting")
        began = perf_counter()
        self._waiting += 1
        try:
            explanation = await asyncio.get_running_loop().run_in_executor(
                self._pool, explain, dex, predictor, duel, language
            )
        finally:
            self._waiting -= 1
        self._instruments.explained(explanation.model_version, perf_counter() - began)
        return explanation

    async def close(self) -> None:
        """Finish what is under way."""
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)


def explain(dex: ServedDex, predictor: Predictor, duel: Duel, language: Language) -> Explanation:
    """Explain every move of a duel; takes some ten milliseconds a move."""
    (scored,) = score(dex.frames, predictor, [duel])
    parts = predictor.contributions(scored.rows)
    moves = [_explain_move(dex, duel, scored, parts[row], row, language) for row in scored.ranking]
    base = float(parts[0, -1])
    return Explanation(
        pokemon_a_id=duel.pokemon_a_id,
        pokemon_a_name=dex.forms[duel.pokemon_a_id].name(language),
        pokemon_b_id=duel.pokemon_b_id,
        pokemon_b_name=dex.forms[duel.pokemon_b_id].name(language),
        recommended_move=moves[0].move_name,
        model_version=scored.model_version,
        base_probability=_probability(base),
        base_log_odds=base,
        moves=moves,
    )


def _explain_move(  # noqa: PLR0913, PLR0917  # what a move's explanation is made of
    dex: ServedDex,
    duel: Duel,
    scored: Scores,
    parts: NDArray[np.float64],
    row: int,
    language: Language,
) -> MoveExplanation:
    base, log_odds = float(parts[-1]), float(parts.sum())
    exact = _probability(log_odds)
    points = 100 * _slope(base, log_odds)
    move = dex.moves[duel.moves_a[row]]
    facts = Facts(
        a=dex.forms[duel.pokemon_a_id].name(language),
        b=dex.forms[duel.pokemon_b_id].name(language),
        move=move.name(language),
        types_a=_types(dex, scored.rows[row], "a", language),
        types_b=_types(dex, scored.rows[row], "b", language),
        row=dict(zip(FEATURE_NAMES, scored.rows[row].tolist(), strict=True)),
    )
    reasons = []
    for group, places in _PLACES.items():
        share = float(parts[places].sum())
        reasons.append(
            Reason(
                subject=group.value,
                text=with_points(sentence(group, facts, language), points * share, language),
                details=[*details(group, facts, language)],
                points=points * share,
                log_odds=share,
            )
        )
    return MoveExplanation(
        move_name=facts.move,
        win_probability=scored.win_probabilities[row],
        exact_probability=exact,
        reasons=sorted(reasons, key=lambda reason: -abs(reason.points)),
        features=[
            FeatureContribution(
                feature=FEATURE_NAMES[place],
                value=float(scored.rows[row, place]),
                log_odds=float(parts[place]),
            )
            for place in np.argsort(-np.abs(parts[:-1]), kind="stable").tolist()
            if parts[place]
        ],
    )


def _probability(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-log_odds)))


def _slope(base: float, log_odds: float) -> float:
    """Probability for each unit of log-odds between the base and the prediction.

    What a subject adds in log-odds is turned into probability at this one rate, so that the points
    sum to what the prediction is above the base.
    """
    if abs(log_odds - base) < 1e-9:  # noqa: PLR2004  # nothing to share out
        return _probability(base) * (1 - _probability(base))
    return (_probability(log_odds) - _probability(base)) / (log_odds - base)


def _types(dex: ServedDex, row: NDArray[np.float32], side: str, language: Language) -> str:
    codes = (int(row[FEATURE_POSITION[f"{side}_type{slot}"]]) for slot in (1, 2))
    return "/".join(dex.types[code].name(language) for code in codes if code)
