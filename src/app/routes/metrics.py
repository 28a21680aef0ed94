"""``/metrics``: the Prometheus page."""

# Litestar reads the annotations of handlers when the application is made.
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from app.context import AppContext
from app.openapi.documented import answers

_EXAMPLE = """\
# HELP api_requests_total Total API requests
# TYPE api_requests_total counter
api_requests_total{endpoint="/docs",method="GET",status="200"} 5.0
"""


@get(
    "/metrics",
    operation_id="getMetrics",
    summary="Get the metrics",
    tags=["Operation"],
    media_type="text/plain",
    responses=answers(str, example=_EXAMPLE, media_type="text/plain", limited=False),
)
async def get_metrics(context: NamedDependency[SkipValidation[AppContext]]) -> Response[bytes]:
    """Give every metric in the Prometheus text format."""
    body, content_type = await context.render_metrics()
    return Response(body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})
