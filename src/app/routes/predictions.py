"""``/predict``: which move to open with, and the model that says so."""

# Litestar reads the annotations of handlers when the application is made.
from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import BodyKwarg, SkipValidation

from app.context import AppContext
from app.dependencies import AcceptLanguage
from app.explanations.example import EXPLANATION
from app.explanations.schema import Explanation
from app.language import preferred
from app.openapi.documented import JSON_BODY, answers
from app.predictions import examples
from app.predictions.schema import BestMoveRequest, BestMoveResponse, CalibrationBin, ModelInfo
from app.problems import schema as kinds
from app.worded import Worded
from inference.batcher import NoModelError
from registry.manifest import ModelManifest


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
            example=examples.ANSWER,
        ),
    )
    async def predict_best_move(
        self,
        data: Annotated[SkipValidation[BestMoveRequest], BodyKwarg(examples=examples.REQUESTS)],
        context: NamedDependency[SkipValidation[AppContext]],
        accept_language: AcceptLanguage = None,
    ) -> Worded[BestMoveResponse]:
        """Rank A's moves by the probability that A wins when it opens with them."""
        language = preferred(accept_language)
        (best,) = await context.predictions.best_moves(context.dex.require(), [data], language)
        return Worded(best, language)

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
            example=EXPLANATION,
        ),
    )
    async def explain_best_move(
        self,
        data: Annotated[SkipValidation[BestMoveRequest], BodyKwarg(examples=examples.REQUESTS)],
        context: NamedDependency[SkipValidation[AppContext]],
        accept_language: AcceptLanguage = None,
    ) -> Worded[Explanation]:
        """Say in words and points what makes each of A's moves as good as it is."""
        language = preferred(accept_language)
        explanation = await context.explanations.explain(context.dex.require(), data, language)
        return Worded(explanation, language)

    @get(
        "/model-info",
        operation_id="getModelInfo",
        summary="Get what is known of the model",
        responses=answers(ModelInfo, kinds.NOT_READY, example=examples.MODEL_INFO),
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
        calibration=[
            CalibrationBin(rows=part.rows, predicted=part.predicted, won=part.won)
            for part in manifest.calibration
        ],
        training_data={
            "sha256": trained_on.sha256,
            "rows": trained_on.rows,
            "games": trained_on.games,
        },
        # JSON has no parameter that is not set.
        parameters={name: value for name, value in manifest.params.items() if value is not None},
        trained_at=manifest.trained_at.isoformat(),
        card=manifest.card,
    )
