"""``/drift``: how far production has moved from training."""

# Litestar reads the annotations of handlers when the application is made.
from datetime import UTC, datetime

from litestar import get
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from app.context import AppContext
from app.openapi.documented import answers
from app.status import drift_example
from app.status.drift_schema import CaptureState, DriftAnswer, ReportState


@get(
    "/drift",
    operation_id="getDrift",
    summary="See how far production has moved from training",
    tags=["Operation"],
    cache_control=CacheControlHeader(no_store=True),
    responses=answers(DriftAnswer, example=drift_example.ANSWER),
)
async def get_drift(context: NamedDependency[SkipValidation[AppContext]]) -> DriftAnswer:
    """Give the worker's last report, feature by feature, and what no file holds yet.

    It is answered whatever the state: without the database with the report that was read last.
    """
    last = context.drift
    state: ReportState = "current" if last.report else "none"
    if not last.answered:
        state = "database_unavailable"
    age = (datetime.now(UTC) - last.report.computed_at).total_seconds() if last.report else None
    return DriftAnswer(
        report_state=state,
        report_age_seconds=age,
        model_version=context.model_version(),
        report=last.report,
        capture=CaptureState(
            pending_rows=context.capture_pending(), trouble=context.capture_trouble()
        ),
    )
