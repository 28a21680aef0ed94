"""``/predict``: which move to open with, and the model that says so."""

# Litestar reads the annotations of handlers when the application is made.
from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, SkipValidation

from app import problem_schema as kinds
from app.context import AppContext
from app.documented import JSON_BODY, answers
from app.explanation_schema import (
    Explanation,
    FeatureContribution,
    MoveExplanation,
    Reason,
)
from app.language import Language
from app.prediction_schema import BestMoveRequest, BestMoveResponse, ModelInfo, MoveScore
from app.served_dex import ServedDex
from inference.batcher import NoModelError
from registry.manifest import ModelManifest

_GUIDE: Any = {
    "pokemon_a_id": 1,
    "pokemon_b_id": 25,
    "available_moves": ["Surf", "Ice Beam", "Earthquake"],
}
_FRENCH: Any = {
    "pokemon_a_id": 9,
    "pokemon_b_id": 6,
    "available_moves": ["Surf", "Laser Glace"],
    "available_moves_b": ["Lance-Flammes"],
}
_EXAMPLES = [
    Example(id="english", summary="Names in English", value=_GUIDE),
    Example(id="french", summary="Names in French, and what B has", value=_FRENCH),
]
_BEST = MoveScore(
    move_name="Earthquake",
    move_type="Ground",
    move_power=100,
    effective_power=200.0,
    type_multiplier=2.0,
    stab=1.0,
    priority=0,
    score=96.2,
    win_probability=0.98,
    predicted_winner="A",
    learnable=False,
)
_ANSWER = BestMoveResponse(
    prediction_id="0b9b7c52-4ab8-4d1e-9a3f-6f1d3f7d2f4e",
    pokemon_a_id=1,
    pokemon_a_name="Bulbasaur",
    pokemon_b_id=25,
    pokemon_b_name="Pikachu",
    recommended_move="Earthquake",
    win_probability=0.98,
    model_version="v1",
    all_moves=[_BEST],
)
_EXPLANATION = Explanation(
    pokemon_a_id=1,
    pokemon_a_name="Bulbasaur",
    pokemon_b_id=25,
    pokemon_b_name="Pikachu",
    recommended_move="Earthquake",
    model_version="v1",
    base_probability=0.22,
    base_log_odds=-1.24,
    moves=[
        MoveExplanation(
            move_name="Earthquake",
            win_probability=0.99,
            exact_probability=0.986,
            reasons=[
                Reason(
                    subject="attack",
                    text="Earthquake hits Electric for double damage: +8 points",
                    points=8.1,
                    log_odds=0.58,
                )
            ],
            features=[FeatureContribution(feature="move_expected", value=0.87, log_odds=0.3)],
        )
    ],
)
_INFO = ModelInfo(
    name="dexwatch",
    version="v1",
    alias="champion",
    features=["a_hp", "a_attack"],
    features_contract="1-0123abcd",
    metrics={"closed_hit": 0.95, "closed_regret": 0.009},
    training_data={"sha256": "9f86d081", "rows": 130000, "games": 4160000},
    parameters={"iterations": 500, "depth": 8},
    trained_at="2026-11-23T12:00:00+00:00",
)


class PredictionController(Controller):
    """Predictions."""

    path = "/predict"
    tags = ("Predictions",)

    @post(
        "/best-move",
        status_code=200,
        operation_id="predictBestMove",
        summary="Predict the best move",
        responses=answers(
            BestMoveResponse,
            *JSON_BODY,
            kinds.UNKNOWN_POKEMON,
            kinds.UNKNOWN_MOVE,
            kinds.OVERLOADED,
            kinds.NOT_READY,
            example=_ANSWER,
        ),
    )
    async def predict_best_move(
        self,
        data: Annotated[SkipValidation[BestMoveRequest], BodyKwarg(examples=_EXAMPLES)],
        context: NamedDependency[SkipValidation[AppContext]],
        dex: NamedDependency[SkipValidation[ServedDex]],
        language: NamedDependency[SkipValidation[Language]],
    ) -> Response[BestMoveResponse]:
        """Rank A's moves by the probability that A wins when it opens with them."""
        (best,) = await context.predictions.best_moves(dex, [data], language)
        return Response(
            best,
            headers={
                "Cache-Control": "no-store",
                "Content-Language": language.value,
                "Vary": "Accept-Language",
            },
        )

    @post(
        "/explain",
        status_code=200,
        operation_id="explainBestMove",
        summary="Explain the best move",
        responses=answers(
            Explanation,
            *JSON_BODY,
            kinds.UNKNOWN_POKEMON,
            kinds.UNKNOWN_MOVE,
            kinds.OVERLOADED,
            kinds.NOT_READY,
            example=_EXPLANATION,
        ),
    )
    async def explain_best_move(
        self,
        data: Annotated[SkipValidation[BestMoveRequest], BodyKwarg(examples=_EXAMPLES)],
        context: NamedDependency[SkipValidation[AppContext]],
        dex: NamedDependency[SkipValidation[ServedDex]],
        language: NamedDependency[SkipValidation[Language]],
    ) -> Response[Explanation]:
        """Say in words and points what makes each of A's moves as good as it is."""
        return Response(
            await context.explanations.explain(dex, data, language),
            headers={
                "Cache-Control": "no-store",
                "Content-Language": language.value,
                "Vary": "Accept-Language",
            },
        )

    @get(
        "/model-info",
        operation_id="getModelInfo",
        summary="Get what is known of the model",
        responses=answers(ModelInfo, kinds.NOT_READY, example=_INFO),
    )
    async def get_model_info(
        self, context: NamedDependency[SkipValidation[AppContext]]
    ) -> ModelInfo:
        """Tell the model's version, features, metrics and training data."""
        manifest = context.manifest()
        if manifest is None:
            raise NoModelError("no model has been loaded yet")
        return _model_info(manifest)


def _model_info(manifest: ModelManifest) -> ModelInfo:
    trained_on = manifest.training_data
    return ModelInfo(
        name=manifest.name,
        version=manifest.label,
        alias=manifest.alias,
        features=manifest.feature_names,
        features_contract=manifest.contract_version,
        metrics=manifest.metrics,
        training_data={
            "sha256": trained_on.sha256,
            "rows": trained_on.rows,
            "games": trained_on.games,
        },
        # JSON has no parameter that is not set.
        parameters={name: value for name, value in manifest.params.items() if value is not None},
        trained_at=manifest.trained_at.isoformat(),
    )
