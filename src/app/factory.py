"""The Litestar application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from litestar import Litestar, Router
from litestar.datastructures import State

from app.access.cross_origin import let_in
from app.access.rate_limits import RateLimits
from app.dependencies import dependencies
from app.http.direct_lane import DirectLane
from app.http.head import HeadAnswers
from app.http.json_request import JsonRequest
from app.http.limits import RequestLimits
from app.http.security_headers import SecuredAnswers
from app.openapi.config import openapi_config
from app.problems.handlers import respond
from app.routes.batches import predict_best_moves
from app.routes.docs import get_asset, get_docs, get_start
from app.routes.drift import get_drift
from app.routes.feedback import give_feedback
from app.routes.health import HealthController
from app.routes.metrics import get_metrics
from app.routes.moves import MoveController
from app.routes.pokemon import PokemonController
from app.routes.predictions import PredictionController
from app.routes.problems import get_problem
from app.routes.types import TypeController
from telemetry.http_server import UNMATCHED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from litestar.types import ControllerRouterHandler

    from app.context import AppContext

ROUTES: Final[tuple[ControllerRouterHandler, ...]] = (
    PredictionController,
    give_feedback,
    get_drift,
    PokemonController,
    MoveController,
    TypeController,
    HealthController,
    get_metrics,
    get_start,
    get_docs,
    get_asset,
    get_problem,
)
"""Everything that is answered, beside batches and the OpenAPI document."""
BATCH_BODY_FACTOR: Final = 4
"""A batch may be so many times as large as any other body: 1,000 requests of 20 moves a side."""


def create_app(context: AppContext) -> Litestar:
    """Make the application over finished services; opens nothing and starts nothing."""
    most_bytes = context.settings.max_body_bytes
    batches = Router(
        "/",
        route_handlers=[predict_best_moves],
        request_max_body_size=BATCH_BODY_FACTOR * most_bytes,
    )
    app = Litestar(
        route_handlers=[*ROUTES, batches],
        dependencies=dependencies(context),
        exception_handlers={Exception: respond},
        request_class=JsonRequest,
        request_max_body_size=most_bytes,
        state=State({"guard": context.guard}),
        openapi_config=openapi_config(),
        # Logging is set up by telemetry; errors are logged where they are answered.
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )
    # Litestar's own middleware begins after routing; these come before it.
    router = SecuredAnswers(HeadAnswers(app.asgi_handler))
    lane = RequestLimits(DirectLane(router, context))
    limited = RateLimits(lane, context.rates, context.guard)
    app.asgi_handler = let_in(limited, context.cors_origins)
    return app


def route_of(scope: Mapping[str, Any]) -> str:
    """Give the template of the route that took the request, or that none did."""
    template = scope.get("path_template")
    return template if isinstance(template, str) else UNMATCHED
