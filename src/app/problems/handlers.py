"""The one map from an error to the problem that is answered."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from functools import singledispatch
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.response.base import ASGIResponse
from msgspec import UNSET
from opentelemetry import trace

from app.http.security_headers import OF_DATA
from app.problems import exceptions as problems
from app.problems import schema as kinds
from app.problems.schema import MEDIA_TYPE, Fault, Kind, Problem
from app.problems.validation_message import explain
from inference.batcher import NoModelError
from inference.lane import OverloadedError
from storage.errors import DatabaseUnavailableError
from telemetry.trace_ids import current_trace_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from litestar import Request

logger = logging.getLogger(__name__)

_LONGEST_ECHO: Final = 64
_SOON_SECONDS: Final = "1"
_LATER_SECONDS: Final = "5"
_MISSING_PARAMETER: Final = re.compile(r"Missing required \w+ parameter '([^']+)'")

_encoder: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Refusal:
    """How one error is answered."""

    kind: Kind
    detail: str = ""
    """Without one the kind's remedy stands in."""
    suggestions: Sequence[str] = ()
    faults: Sequence[Fault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self) -> ASGIResponse:
        """Give the answer."""
        return ASGIResponse(
            body=self.encode(),
            status_code=self.kind.status,
            media_type=MEDIA_TYPE,
            headers={"Cache-Control": "no-store", **self.headers, **OF_DATA},
        )

    def encode(self) -> bytes:
        """Give the body of the answer."""
        return _encoder.encode(
            Problem(
                type=self.kind.type,
                title=self.kind.title,
                status=self.kind.status,
                detail=self.detail or self.kind.remedy,
                suggestions=list(self.suggestions) or UNSET,
                errors=list(self.faults) or UNSET,
                trace_id=(current_trace_id() or UNSET) if self.kind is kinds.INTERNAL else UNSET,
            )
        )


def respond(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer any exception with its problem."""
    answer = refuse(error)
    return Response(
        answer.encode(),
        status_code=answer.kind.status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **answer.headers},
    )


def refuse(error: Exception) -> Refusal:
    """Say how any exception is answered; what is not foreseen is logged and told as a 500."""
    answer = refusal(error)
    if answer.kind is kinds.INTERNAL:
        trace.get_current_span().record_exception(error)
        logger.error("unhandled error", exc_info=error)
    return answer


@singledispatch
def refusal(error: Exception) -> Refusal:
    """Say how the error is answered; anything unknown is internal and tells nothing."""
    del error
    return Refusal(kinds.INTERNAL)


@refusal.register
def _(error: problems.UnknownPokemonError) -> Refusal:
    return Refusal(
        kinds.UNKNOWN_POKEMON,
        f"There is no Pokémon with the id {error.pokemon_id}. {kinds.UNKNOWN_POKEMON.remedy}",
        faults=_at(error.pointer, "no Pokémon has this id"),
    )


@refusal.register
def _(error: problems.UnknownMoveError) -> Refusal:
    return Refusal(
        kinds.UNKNOWN_MOVE,
        f"There is no move called {_echo(error.name)}. {_advice(error.suggestions)}"
        "GET /moves/search?q= finds moves by a part of their name.",
        suggestions=error.suggestions,
        faults=_at(error.pointer, "no move has this name"),
    )


@refusal.register
def _(error: problems.UnknownMoveIdError) -> Refusal:
    return Refusal(
        kinds.UNKNOWN_MOVE_ID,
        f"There is no move with the id {error.move_id}. {kinds.UNKNOWN_MOVE_ID.remedy}",
    )


@refusal.register
def _(error: problems.UnknownTypeError) -> Refusal:
    return Refusal(
        kinds.UNKNOWN_TYPE,
        f"There is no type {_echo(error.name)}. {_advice(error.suggestions)}"
        f"{kinds.UNKNOWN_TYPE.remedy}",
        suggestions=error.suggestions,
    )


@refusal.register
def _(error: problems.UnknownPredictionError) -> Refusal:
    return Refusal(
        kinds.UNKNOWN_PREDICTION,
        f"No prediction is known by the id {error.prediction_id}. "
        f"{kinds.UNKNOWN_PREDICTION.remedy}",
        faults=_at("/prediction_id", "no prediction is known by this id"),
    )


@refusal.register
def _(error: problems.ConflictingFeedbackError) -> Refusal:
    return Refusal(
        kinds.CONFLICTING_FEEDBACK,
        f"Another winner has been told for the prediction {error.prediction_id}; "
        "the first word stands.",
        faults=_at("/winner", "another one has been told"),
    )


@refusal.register
def _(error: problems.InvalidParameterError) -> Refusal:
    return Refusal(
        kinds.INVALID_PARAMETER,
        f"The parameter '{error.parameter}' is not valid: {error.reason}. "
        f"{_advice(error.suggestions)}".strip(),
        suggestions=error.suggestions,
        faults=[Fault(detail=error.reason, parameter=error.parameter)],
    )


@refusal.register
def _(error: problems.InvalidBodyError) -> Refusal:
    where = f"at {error.pointer}" if error.pointer else "as a whole"
    return Refusal(
        kinds.INVALID_BODY,
        f"The body is not valid {where}: {error.reason}. {kinds.INVALID_BODY.remedy}",
        faults=[Fault(detail=error.reason, pointer=_fragment(error.pointer))],
    )


@refusal.register
def _(error: problems.MalformedJsonError) -> Refusal:
    return Refusal(
        kinds.MALFORMED_JSON, f"The body is not JSON: {error.reason}. {kinds.MALFORMED_JSON.remedy}"
    )


@refusal.register
def _(error: problems.UnsupportedMediaError) -> Refusal:
    return Refusal(
        kinds.UNSUPPORTED_MEDIA_TYPE,
        f"{error.received} cannot be read. {kinds.UNSUPPORTED_MEDIA_TYPE.remedy}",
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
    )


@refusal.register
def _(_error: problems.ClientGoneError) -> Refusal:
    return Refusal(kinds.BAD_REQUEST, "The request ended before its body was complete.")


@refusal.register
def _(error: problems.MissingKeyError) -> Refusal:
    challenge = 'Bearer error="invalid_token"' if error.was_sent else "Bearer"
    return Refusal(kinds.MISSING_KEY, headers={"WWW-Authenticate": challenge})


@refusal.register
def _(error: problems.WrongScopeError) -> Refusal:
    return Refusal(
        kinds.WRONG_SCOPE,
        f"This needs an API key with the scope '{error.scope}'.",
        headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{error.scope}"'},
    )


@refusal.register
def _(error: problems.RateLimitedError) -> Refusal:
    return Refusal(kinds.RATE_LIMITED, headers={"Retry-After": str(error.retry_after_seconds)})


@refusal.register
def _(_error: OverloadedError) -> Refusal:
    return Refusal(kinds.OVERLOADED, headers={"Retry-After": _SOON_SECONDS})


@refusal.register
def _(_error: NoModelError) -> Refusal:
    return _not_ready("model: no model is loaded yet")


@refusal.register
def _(_error: problems.NoDexError) -> Refusal:
    return _not_ready("dex: it has not been loaded from the database yet")


@refusal.register
def _(_error: DatabaseUnavailableError) -> Refusal:
    return _not_ready("database: it does not answer")


@refusal.register
def _(error: problems.NotReadyError) -> Refusal:
    return _not_ready("; ".join(f"{name}: {what}" for name, what in error.missing))


@refusal.register
def _(error: ValidationException) -> Refusal:
    """Litestar's word on query and path parameters; bodies never come this way."""
    extra = error.extra if isinstance(error.extra, list) else []
    faults = [
        Fault(detail=explain(fault["message"]).reason, parameter=fault["key"])
        for fault in extra
        if "key" in fault
    ]
    if missing := _MISSING_PARAMETER.search(error.detail):
        faults = [Fault(detail="it is required", parameter=missing.group(1))]
    named = "; ".join(f"'{fault.parameter}': {fault.detail}" for fault in faults)
    return Refusal(
        kinds.INVALID_PARAMETER,
        f"Parameters are not valid: {named}. {kinds.INVALID_PARAMETER.remedy}" if named else "",
        faults=faults,
    )


@refusal.register
def _(error: HTTPException) -> Refusal:
    """Litestar's own errors: its words stay inside, its Allow and Retry-After headers go out."""
    kind = _LITESTAR_KINDS.get(error.status_code)
    if kind is None:
        kind = kinds.BAD_REQUEST if error.status_code < kinds.INTERNAL.status else kinds.INTERNAL
    return Refusal(kind, headers=_title_case(error.headers or {}))


_LITESTAR_KINDS: Final = {
    401: kinds.MISSING_KEY,
    403: kinds.WRONG_SCOPE,
    404: kinds.NOT_FOUND,
    405: kinds.METHOD_NOT_ALLOWED,
    413: kinds.BODY_TOO_LARGE,
    415: kinds.UNSUPPORTED_MEDIA_TYPE,
    429: kinds.RATE_LIMITED,
    503: kinds.OVERLOADED,
}


def _not_ready(what: str) -> Refusal:
    return Refusal(
        kinds.NOT_READY,
        f"Missing: {what}. {kinds.NOT_READY.remedy}",
        headers={"Retry-After": _LATER_SECONDS},
    )


def _at(pointer: str | None, detail: str) -> list[Fault]:
    return [] if pointer is None else [Fault(detail=detail, pointer=_fragment(pointer))]


def _fragment(pointer: str) -> str:
    """Write a JSON pointer as a URI fragment (RFC 6901, section 6)."""
    return "#" + quote(pointer, safe="/~!$&'()*+,;=:@?")


def _advice(suggestions: Sequence[str]) -> str:
    return f"Did you mean {', '.join(suggestions)}? " if suggestions else ""


def _echo(text: str) -> str:
    """Quote what the client sent, at a length that a sentence bears."""
    shown = text if len(text) <= _LONGEST_ECHO else f"{text[:_LONGEST_ECHO]}..."
    return f"'{shown}'"


def _title_case(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.title(): value for name, value in headers.items()}
