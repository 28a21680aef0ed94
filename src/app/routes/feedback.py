"""``/feedback``: what became of predicted battles."""

# Litestar reads the annotations of handlers when the application is made.
from typing import Annotated

from litestar import post
from litestar.di import NamedDependency
from litestar.params import BodyKwarg, SkipValidation

from app import prediction_examples as examples
from app import problem_schema as kinds
from app.context import AppContext
from app.documented import JSON_BODY, answers
from app.feedback_schema import FeedbackRequest, FeedbackResponse


@post(
    "/feedback",
    status_code=200,
    operation_id="giveFeedback",
    summary="Tell who won",
    tags=["Feedback"],
    responses=answers(
        FeedbackResponse,
        *JSON_BODY,
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
) -> FeedbackResponse:
    """Tell who won a battle that was predicted and opened with the recommended move.

    Sending the same again changes nothing and gives the same answer; another winner for the same
    prediction is refused.
    """
    known = await context.feedback.take(data.prediction_id, data.winner)
    return FeedbackResponse(
        prediction_id=known.prediction_id,
        winner=known.winner,
        received_at=known.received_at,
        predicted_at=known.predicted_at,
        model_version=known.model_version,
        win_probability=known.win_probability,
    )
