"""``/health``: whether the process lives, can answer, and how its parts are."""

# Litestar reads the annotations of handlers when the application is made.
from litestar import Controller, get
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from app.context import AppContext
from app.openapi.documented import answers
from app.problems import schema as kinds
from app.status.readiness import Alive, Component, Health, health, require_ready
from app.version import VERSION

_EXAMPLE = Health(
    status="ok",
    version=VERSION,
    components={
        "database": Component(state="ok", detail="it answers"),
        "dex": Component(state="ok", detail="version 4f1c2a9b"),
        "model": Component(state="ok", detail="v1"),
        "capture": Component(state="ok", detail="42 rows wait"),
    },
)


class HealthController(Controller):
    """How the service is."""

    path = "/health"
    tags = ("Operation",)
    cache_control = CacheControlHeader(no_store=True)

    @get(
        operation_id="getHealth",
        summary="See how every part is",
        responses=answers(Health, example=_EXAMPLE, limited=False),
    )
    async def get_health(self, context: NamedDependency[SkipValidation[AppContext]]) -> Health:
        """Answer 200 whatever the state, with each part and what is the matter with it."""
        return health(context)

    @get(
        "/live",
        operation_id="getLive",
        summary="See whether the process answers",
        responses=answers(Alive, example=Alive(), limited=False),
    )
    async def get_live(self) -> Alive:
        """Answer 200 as long as the process works; when it does not, restart it."""
        return Alive()

    @get(
        "/ready",
        operation_id="getReady",
        summary="See whether predictions are answered",
        responses=answers(Health, kinds.NOT_READY, example=_EXAMPLE, limited=False),
    )
    async def get_ready(self, context: NamedDependency[SkipValidation[AppContext]]) -> Health:
        """Answer 200 with a dex from the database and a loaded model, else 503 with what lacks."""
        return require_ready(context)
