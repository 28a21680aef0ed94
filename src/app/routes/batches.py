"""``/predict/best-move/batch``."""

# Litestar reads the annotations of handlers when the application is made.
from typing import Annotated

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import BodyKwarg, SkipValidation

from app import prediction_examples as examples
from app import problem_schema as kinds
from app.context import AppContext
from app.documented import JSON_BODY, answers
from app.language import Language
from app.prediction_schema import BatchRequest, BatchResponse
from app.routes.wording import worded_in
from app.served_dex import ServedDex


@post(
    "/predict/best-move/batch",
    status_code=200,
    operation_id="predictBestMoves",
    summary="Predict the best moves of many duels",
    tags=["Predictions"],
    responses=answers(
        BatchResponse,
        *JSON_BODY,
        kinds.OVERLOADED,
        kinds.NOT_READY,
        example=examples.BATCH_ANSWER,
    ),
)
async def predict_best_moves(
    data: Annotated[SkipValidation[BatchRequest], BodyKwarg(examples=examples.BATCHES)],
    context: NamedDependency[SkipValidation[AppContext]],
    dex: NamedDependency[SkipValidation[ServedDex]],
    language: NamedDependency[SkipValidation[Language]],
) -> Response[BatchResponse]:
    """Answer up to 1,000 requests in their order, each as POST /predict/best-move would.

    An element that cannot be answered gets a problem of its own in its place; the others are
    answered. Each answered element is one prediction.
    """
    results = await context.batches.best_moves(dex, data.predictions, language)
    return Response(BatchResponse(results=results), headers=dict(worded_in(language)))
