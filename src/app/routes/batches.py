"""``/predict/best-move/batch``."""

# Litestar reads the annotations of handlers when the application is made.
from typing import Annotated

from litestar import post
from litestar.di import NamedDependency
from litestar.params import BodyKwarg, SkipValidation

from app.context import AppContext
from app.dependencies import AcceptLanguage
from app.language import preferred
from app.openapi.documented import JSON_BODY, answers
from app.predictions import examples
from app.predictions.schema import BatchRequest, BatchResponse
from app.problems import schema as kinds
from app.worded import Worded


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
    accept_language: AcceptLanguage = None,
) -> Worded[BatchResponse]:
    """Answer up to 1,000 requests in their order, each as POST /predict/best-move would.

    An element that cannot be answered gets a problem of its own in its place; the others are
    answered. Each answered element is one prediction.
    """
    language = preferred(accept_language)
    results = await context.batches.best_moves(context.dex.require(), data.predictions, language)
    return Worded(BatchResponse(results=results), language)
