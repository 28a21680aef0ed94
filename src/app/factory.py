"""The Litestar application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from litestar import Litestar

from app.dependencies import dependencies
from app.errors import respond
from app.head import HeadAnswers
from app.json_request import JsonRequest
from app.limits import RequestLimits
from app.openapi import openapi_config
from app.routes.docs import get_asset, get_docs
from app.routes.health import HealthController
from app.routes.metrics import get_metrics
from app.routes.moves import MoveController
from app.routes.pokemon import PokemonController
from app.routes.predictions import PredictionController
from app.routes.problems import get_problem
from app.routes.types import TypeController
from app.security_headers import add_security_headers
from telemetry.http_server import UNMATCHED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from litestar.types import ControllerRouterHandler

    from app.context import AppContext

ROUTES: Final[tuple[ControllerRouterHandler, ...]] = (
    PredictionController,
    PokemonController,
    MoveController,
    TypeController,
    HealthController,
    get_metrics,
    get_docs,
    get_asset,
    get_problem,
)
"""Everything that is answered, beside the OpenAPI document."""


def create_app(context: AppContext) -> Litestar:
    """Make the application over finished services; opens nothing and starts nothing."""
    app = Litestar(
        route_handlers=list(ROUTES),
        dependencies=dependencies(context),
        exception_handlers={Exception: respond},
        request_class=JsonRequest,
        request_max_body_size=context.settings.max_body_bytes,
        before_send=[add_security_headers],
        openapi_config=openapi_config(),
        # Logging is set up by telemetry; errors are logged where they are answered.
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )
    # Litestar's own middleware begins after routing; these two come before it.
    app.asgi_handler = RequestLimits(HeadAnswers(app.asgi_handler))
    return app


def route_of(scope: Mapping[str, Any]) -> str:
    """Give the template of the route that took the request, or that none did."""
    template = scope.get("path_template")
    return template if isinstance(template, str) else UNMATCHED
