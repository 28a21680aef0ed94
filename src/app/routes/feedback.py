"""``/feedback``: what became of predicted battles."""

# Litestar reads the annotations of handlers when the application is made.
from typing import Annotated, Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import BodyKwarg, SkipValidation

from app.access.guard import needs, security
from app.context import AppContext
from app.openapi.documented import JSON_BODY, answers
from app.predictions import examples
from app.predictions.feedback_schema import FeedbackRequest, FeedbackResponse
from app.problems import schema as kinds
from storage.api_key import ApiKey, Scope


@post(
    "/feedback",
    status_code=200,
    operation_id="giveFeedback",
    summary="Report who won",
    tags=["Feedback"],
    guards=[needs(Scope.FEEDBACK)],
    security=security(Scope.FEEDBACK),
    responses=answers(
        FeedbackResponse,
        *JSON_BODY,
        kinds.MISSING_KEY,
        kinds.WRONG_SCOPE,
        kinds.UNKNOWN_PREDICTION,
        kinds.CONFLICTING_FEEDBACK,
        kinds.OVERLOADED,
        kinds.NOT_READY,
        example=examples.FEEDBACK_ANSWER,
    ),
)
async def give_feedback(
    data: Annotated[SkipValidation[FeedbackRequest], BodyKwarg(examples=examples.FEEDBACKS)],
    context: NamedDependency[SkipValidation[AppContext]],
    request: Request[Any, ApiKey, Any],
) -> FeedbackResponse:
    """Report who won a battle that was predicted and opened with the recommended move.

    Sending the same again changes nothing and gives the same answer; another winner for the same
    prediction is refused. It needs an API key with the scope `feedback`.
    """
    known = await context.feedback.take(data.prediction_id, data.winner, request.auth.id)
    return FeedbackResponse(
        prediction_id=known.prediction_id,
        winner=known.winner,
        received_at=known.received_at,
        predicted_at=known.predicted_at,
        model_version=known.model_version,
        win_probability=known.win_probability,
    )
