"""What can be wrong with a request, or with the service at that moment, in domain terms.

    Exception
    ├── UnknownPokemonError     no form has this id
    ├── UnknownMoveError        no move has this name
    ├── UnknownMoveIdError      no move has this id
    ├── UnknownTypeError        no type has this name or id
    ├── UnknownPredictionError  no prediction is known by this id
    ├── ConflictingFeedbackError  another winner has been told
    ├── InvalidParameterError   a query or path parameter cannot be used
    ├── InvalidBodyError        the body is JSON, but not what the endpoint takes
    ├── MalformedJsonError      the body is not JSON
    ├── UnsupportedMediaError   the body is of another media type
    ├── ClientGoneError         the client left before its request was complete
    ├── MissingKeyError         an API key is needed
    ├── WrongScopeError         the API key does not allow this
    ├── RateLimitedError        too many requests
    ├── NoDexError              the dex has not been loaded yet
    └── NotReadyError           a part that predictions need is missing

None of them knows HTTP; :mod:`app.problems.handlers` says how each is answered. They are not
frozen because Python itself writes the traceback into an exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(eq=False, slots=True)
class UnknownPokemonError(Exception):
    """No form has the id."""

    pokemon_id: int
    pointer: str | None = None
    """Where in the body the id stands, as a JSON pointer such as ``/pokemon_a_id``."""


@dataclass(eq=False, slots=True)
class UnknownMoveError(Exception):
    """No move has the name."""

    name: str
    suggestions: Sequence[str] = ()
    pointer: str | None = None
    """Where in the body the name stands, as a JSON pointer such as ``/available_moves/2``."""


@dataclass(eq=False, slots=True)
class UnknownMoveIdError(Exception):
    """No move has the id."""

    move_id: int


@dataclass(eq=False, slots=True)
class UnknownTypeError(Exception):
    """No type has the name or id."""

    name: str
    suggestions: Sequence[str] = ()


@dataclass(eq=False, slots=True)
class UnknownPredictionError(Exception):
    """No journal and no file has the prediction."""

    prediction_id: str


@dataclass(eq=False, slots=True)
class ConflictingFeedbackError(Exception):
    """Another winner has been told for the prediction."""

    prediction_id: str


@dataclass(eq=False, slots=True)
class InvalidParameterError(Exception):
    """A parameter of the query or the path cannot be used."""

    parameter: str
    reason: str
    suggestions: Sequence[str] = ()


@dataclass(eq=False, slots=True)
class InvalidBodyError(Exception):
    """The body is JSON, but the value at ``pointer`` is not what the endpoint takes."""

    pointer: str
    reason: str


@dataclass(eq=False, slots=True)
class MalformedJsonError(Exception):
    """The body is not JSON."""

    reason: str


@dataclass(eq=False, slots=True)
class UnsupportedMediaError(Exception):
    """The body is of another media type, charset or content coding."""

    received: str


class ClientGoneError(Exception):
    """The client left before its request was complete."""


@dataclass(eq=False, slots=True)
class MissingKeyError(Exception):
    """The request carries no valid API key."""

    was_sent: bool = False
    """Whether it carries one that is not valid."""


@dataclass(eq=False, slots=True)
class WrongScopeError(Exception):
    """The API key does not have the scope."""

    scope: str


@dataclass(eq=False, slots=True)
class RateLimitedError(Exception):
    """The caller made more requests than it may."""

    retry_after_seconds: int


class NoDexError(Exception):
    """No dex has been loaded from the database yet."""


@dataclass(eq=False, slots=True)
class NotReadyError(Exception):
    """Parts that answering needs are missing; each with what is the matter."""

    missing: Sequence[tuple[str, str]]
