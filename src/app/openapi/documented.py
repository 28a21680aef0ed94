"""What a route says in the OpenAPI schema of its answers."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import msgspec
from litestar import MediaType
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example

from app.problems import schema as kinds
from app.problems.schema import MEDIA_TYPE, Kind, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

ALWAYS: Final = (
    kinds.BAD_REQUEST,
    kinds.URI_TOO_LONG,
    kinds.HEADERS_TOO_LARGE,
    kinds.INTERNAL,
)
"""Any request can meet these."""
JSON_BODY: Final = (
    kinds.MALFORMED_JSON,
    kinds.BODY_TOO_LARGE,
    kinds.UNSUPPORTED_MEDIA_TYPE,
    kinds.INVALID_BODY,
)
"""A request with a JSON body can meet these."""


def answers(  # noqa: PLR0913  # each says another thing of the route
    content: Any,
    *problems: Kind,
    example: Any = None,
    status: int = 200,
    description: str = "The answer",
    media_type: str = MediaType.JSON,
    conditional: bool = False,
    limited: bool = True,
) -> Mapping[int, ResponseSpec]:
    """Document the answer and every problem of a route, for its ``responses``.

    Args:
        content: the type of the answer.
        problems: the kinds that this route can answer beside those of any route.
        example: an answer as it may look.
        status: of the answer.
        description: of the answer.
        media_type: of the answer.
        conditional: whether ``If-None-Match`` is understood.
        limited: whether one may ask for it only so often.

    """
    specs = {
        status: ResponseSpec(
            content,
            generate_examples=False,
            description=description,
            media_type=media_type,
            examples=None
            if example is None
            else [Example(id="example", value=msgspec.json.decode(msgspec.json.encode(example)))],
        )
    }
    if conditional:
        specs[304] = ResponseSpec(
            None, generate_examples=False, description="What you have is still current"
        )
    by_status: defaultdict[int, list[Kind]] = defaultdict(list)
    often = (kinds.RATE_LIMITED,) if limited else ()
    for kind in (*ALWAYS, *often, *problems):
        by_status[kind.status].append(kind)
    for code, same_status in sorted(by_status.items()):
        specs[code] = ResponseSpec(
            Problem,
            generate_examples=False,
            description="; ".join(kind.title for kind in same_status),
            media_type=MEDIA_TYPE,
            examples=[Example(id=kind.slug, value=_example(kind)) for kind in same_status],
        )
    return specs


def catalogued(content: Any, *problems: Kind, example: Any) -> Mapping[int, ResponseSpec]:
    """Document the answer of a route of the catalogue."""
    return answers(
        content,
        *problems,
        kinds.INVALID_PARAMETER,
        kinds.NOT_READY,
        example=example,
        conditional=True,
    )


def _example(kind: Kind) -> Any:
    return msgspec.to_builtins(
        Problem(type=kind.type, title=kind.title, status=kind.status, detail=kind.remedy)
    )
