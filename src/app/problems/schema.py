"""The body of every error: RFC 9457 problem details, and the kinds of problem there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

MEDIA_TYPE: Final = "application/problem+json"


class Fault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong with the request."""

    detail: str
    pointer: Annotated[
        str | UnsetType,
        Meta(
            description="JSON pointer to the value in the body, as a URI fragment",
            examples=["#/available_moves/2"],
        ),
    ] = UNSET
    parameter: Annotated[
        str | UnsetType,
        Meta(description="Name of the query or path parameter", examples=["limit"]),
    ] = UNSET


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why the request was not answered, and what to do about it (RFC 9457)."""

    type: Annotated[str, Meta(description="Which kind of problem; a GET of it explains the kind")]
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: Annotated[str, Meta(description="What is wrong this time and what to do")]
    suggestions: Annotated[
        list[str] | UnsetType,
        Meta(description="The nearest names, the best first; not where many names are unknown"),
    ] = UNSET
    errors: Annotated[
        list[Fault] | UnsetType, Meta(description="Where in the request the trouble is")
    ] = UNSET
    trace_id: Annotated[
        str | UnsetType, Meta(description="The trace to name when reporting the problem")
    ] = UNSET


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem."""

    slug: str
    status: int
    title: str
    remedy: str

    @property
    def type(self) -> str:
        """The URI that names the kind; relative, so that it leads to its explanation."""
        return f"/problems/{self.slug}"


BAD_REQUEST: Final = Kind(
    "bad-request",
    400,
    "Bad request",
    "Send a well-formed HTTP request: a valid Host header and a complete body.",
)
MALFORMED_JSON: Final = Kind(
    "malformed-json",
    400,
    "Malformed JSON",
    "Send one JSON value in UTF-8 and no name twice within an object.",
)
MISSING_KEY: Final = Kind(
    "missing-key",
    401,
    "API key missing or not valid",
    "Send a valid key in the header 'Authorization: Bearer <key>'.",
)
WRONG_SCOPE: Final = Kind(
    "wrong-scope",
    403,
    "API key without this scope",
    "Use a key that has the scope which the detail names.",
)
NOT_FOUND: Final = Kind(
    "not-found", 404, "No such path", "Look at /docs for the paths that there are."
)
UNKNOWN_POKEMON: Final = Kind(
    "unknown-pokemon",
    404,
    "Unknown Pokémon",
    "Use an id from GET /pokemon, or find one by name with GET /pokemon/search?q=.",
)
UNKNOWN_MOVE_ID: Final = Kind(
    "unknown-move-id",
    404,
    "Unknown move id",
    "Use an id from GET /moves, or find one by name with GET /moves/search?q=.",
)
UNKNOWN_TYPE: Final = Kind(
    "unknown-type", 404, "Unknown type", "Use an id or a name from GET /types."
)
UNKNOWN_PREDICTION: Final = Kind(
    "unknown-prediction",
    404,
    "Unknown prediction",
    "Send a prediction_id as it was answered, while its prediction is still kept.",
)
METHOD_NOT_ALLOWED: Final = Kind(
    "method-not-allowed",
    405,
    "Method not allowed",
    "Use one of the methods in the Allow header of the answer.",
)
CONFLICTING_FEEDBACK: Final = Kind(
    "conflicting-feedback",
    409,
    "Conflicting feedback",
    "Another winner has been told for this prediction; the first word stands.",
)
BODY_TOO_LARGE: Final = Kind(
    "body-too-large",
    413,
    "Body too large",
    "Send less at once, for instance a batch in several parts.",
)
URI_TOO_LONG: Final = Kind(
    "uri-too-long", 414, "Path and query too long", "Shorten the path or the query."
)
UNSUPPORTED_MEDIA_TYPE: Final = Kind(
    "unsupported-media-type",
    415,
    "Unsupported media type",
    "Send JSON in UTF-8, uncompressed, with the header 'Content-Type: application/json'.",
)
INVALID_BODY: Final = Kind(
    "invalid-body",
    422,
    "Body not valid",
    "Mend the value that 'errors' points at; /docs shows what the endpoint takes.",
)
INVALID_PARAMETER: Final = Kind(
    "invalid-parameter",
    422,
    "Parameter not valid",
    "Mend the parameters that 'errors' names; /docs shows what they may be.",
)
UNKNOWN_MOVE: Final = Kind(
    "unknown-move",
    422,
    "Unknown move",
    "Use one of the suggestions, or find the name with GET /moves/search?q=.",
)
RATE_LIMITED: Final = Kind(
    "rate-limited",
    429,
    "Too many requests",
    "Wait as many seconds as the Retry-After header says, then go on more slowly.",
)
HEADERS_TOO_LARGE: Final = Kind(
    "headers-too-large", 431, "Headers too large", "Send fewer or shorter headers."
)
INTERNAL: Final = Kind(
    "internal",
    500,
    "Internal error",
    "The fault is ours. Try again; if it happens again, report it with the trace_id.",
)
OVERLOADED: Final = Kind(
    "overloaded",
    503,
    "Too much to do",
    "Wait as many seconds as the Retry-After header says, then try again; an element of a batch, "
    "which has no headers, may be sent again after a second.",
)
NOT_READY: Final = Kind(
    "not-ready",
    503,
    "Not ready",
    "Wait as many seconds as the Retry-After header says; GET /health tells how it goes.",
)

KINDS: Final = {
    kind.slug: kind
    for kind in (
        BAD_REQUEST,
        MALFORMED_JSON,
        MISSING_KEY,
        WRONG_SCOPE,
        NOT_FOUND,
        UNKNOWN_POKEMON,
        UNKNOWN_MOVE_ID,
        UNKNOWN_TYPE,
        UNKNOWN_PREDICTION,
        METHOD_NOT_ALLOWED,
        CONFLICTING_FEEDBACK,
        BODY_TOO_LARGE,
        URI_TOO_LONG,
        UNSUPPORTED_MEDIA_TYPE,
        INVALID_BODY,
        INVALID_PARAMETER,
        UNKNOWN_MOVE,
        RATE_LIMITED,
        HEADERS_TOO_LARGE,
        INTERNAL,
        OVERLOADED,
        NOT_READY,
    )
}
