"""``/openapi.json``: the OpenAPI 3.1 document, made once and answered as it is."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

import msgspec
from litestar import MediaType, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import License, Tag

from app.access.guard import COMPONENTS
from app.openapi.document import complete
from app.version import VERSION

if TYPE_CHECKING:
    from litestar import Request
    from litestar.routes import BaseRoute
    from litestar.types import ControllerRouterHandler

PATH: Final = "/openapi.json"

_DESCRIPTION: Final = """\
In Pokémon Let's Go, which move should A use against B, and how likely is A to win?

* `POST /predict/best-move` answers it; the catalogue gives the ids and names to ask with.
* `POST /predict/best-move/batch` answers up to 1,000 such questions, each by itself.
* `POST /predict/explain` says what makes each move as good as it is, in words and points.
* `POST /feedback` reports who won; models are judged by it. It alone needs an API key.
* `GET /drift` shows how far what is asked has moved from what the model was trained for.
* Pokémon ids are PokeAPI's. Moves and types are accepted in English and French, whatever the case,
  accents, hyphens or spaces; answers follow `Accept-Language` (English, or French with `fr`).
* Battles are one against one at level 50: IVs 31, no awakening values, neutral nature.
* Every error is `application/problem+json` (RFC 9457) and says what to do.
"""

_TAGS: Final = (
    Tag("Predictions", "Which move to use, and how likely it is to win"),
    Tag("Feedback", "What became of predicted battles"),
    Tag("Pokémon", "The 188 forms"),
    Tag("Moves", "The 223 moves"),
    Tag("Types", "The 18 types and what they do to each other"),
    Tag("Operation", "Health, drift, metrics and kinds of problems"),
)


def openapi_config() -> OpenAPIConfig:
    """Describe the service; its document is served at :data:`PATH` and nowhere else."""
    return OpenAPIConfig(
        title="Dexwatch",
        version=VERSION,
        description=_DESCRIPTION,
        license=License(name="MIT", identifier="MIT"),
        tags=list(_TAGS),
        components=COMPONENTS,
        use_handler_docstrings=True,
        render_plugins=[_Document(path="/")],
        openapi_router=_OneRoute(PATH, route_handlers=[], include_in_schema=False),
    )


class _OneRoute(Router):
    """Takes its first route only: Litestar would add an HTML page for every path below it."""

    def register(self, value: ControllerRouterHandler) -> list[BaseRoute]:
        return [] if self.routes else super().register(value)


class _Document(JsonRenderPlugin):
    """Renders the document once."""

    def __init__(self, *, path: str) -> None:
        super().__init__(path=path, media_type=MediaType.JSON)
        self._rendered: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        if self._rendered is None:
            # Litestar keeps the schema that it passes in; ours is a copy.
            document = complete(deepcopy(openapi_schema), request.app.routes)
            self._rendered = msgspec.json.encode(document)
        return self._rendered
