"""``/problems``: what the ``type`` of each problem leads to."""

# Litestar reads the annotations of handlers when the application is made.
from typing import Annotated

import msgspec
from litestar import get
from litestar.exceptions import NotFoundException
from litestar.openapi.spec import Example
from litestar.params import PathParameter

from app.openapi.documented import answers
from app.problems.schema import KINDS, NOT_FOUND, UNKNOWN_MOVE


class ProblemKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of problem that this service answers."""

    type: str
    title: str
    status: int
    remedy: str


_EXAMPLE = ProblemKind(
    type=UNKNOWN_MOVE.type,
    title=UNKNOWN_MOVE.title,
    status=UNKNOWN_MOVE.status,
    remedy=UNKNOWN_MOVE.remedy,
)


@get(
    "/problems/{slug:str}",
    operation_id="getProblem",
    summary="Explain a kind of problem",
    tags=["Operation"],
    responses=answers(ProblemKind, NOT_FOUND, example=_EXAMPLE),
)
async def get_problem(
    slug: Annotated[
        str,
        PathParameter(
            description="Last part of a problem's `type`",
            examples=[Example(id="unknown-move", value="unknown-move")],
        ),
    ],
) -> ProblemKind:
    """Say what a kind of problem means and what to do about it."""
    kind = KINDS.get(slug)
    if kind is None:
        raise NotFoundException
    return ProblemKind(type=kind.type, title=kind.title, status=kind.status, remedy=kind.remedy)
