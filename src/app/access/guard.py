"""What a route needs of a caller: an API key with a scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from litestar.openapi.spec import Components, SecurityScheme

from app.problems.exceptions import MissingKeyError, NotReadyError, WrongScopeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from litestar.connection import ASGIConnection
    from litestar.handlers.base import BaseRouteHandler
    from litestar.openapi.spec import SecurityRequirement

    from app.access.key_ring import KeyRing
    from storage.api_key import ApiKey, Scope
    from telemetry.instruments import AccessInstruments

    Connection = ASGIConnection[Any, Any, ApiKey, Any]

_NAME: Final = "apiKey"

COMPONENTS: Final = Components(
    security_schemes={
        _NAME: SecurityScheme(
            type="http",
            scheme="bearer",
            bearer_format="dexwatch_<id>_<secret>",
            description="An API key, made by `dexwatch keys create` and sent as "
            "`Authorization: Bearer <key>`. `make run` leaves one for feedback in "
            "`data/keys/feedback`.",
        )
    }
)


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets callers through by their keys."""

    keys: KeyRing
    instruments: AccessInstruments

    def check(self, authorization: str | None, scope: Scope) -> ApiKey:
        """Give the caller's key.

        Raises:
            MissingKeyError: there is none, or it is unknown, expired or revoked.
            WrongScopeError: it does not have the scope.
            NotReadyError: the keys are not known yet.

        """
        if authorization is None:
            self.instruments.refused("missing_key")
            raise MissingKeyError
        key = self.keys.find(authorization.encode("latin-1", "replace"))
        if key is None:
            if not self.keys.is_known:
                raise NotReadyError([("keys", "they have not been read from the database yet")])
            self.instruments.refused("unknown_key")
            raise MissingKeyError(was_sent=True)
        if scope not in key.scopes:
            self.instruments.refused("wrong_scope")
            raise WrongScopeError(scope)
        return key


def needs(scope: Scope) -> Callable[[Connection, BaseRouteHandler], None]:
    """Make a guard, which runs before anything of the body is read; ``auth`` is the key then."""

    def check(connection: Connection, _handler: BaseRouteHandler) -> None:
        guard: Guard = connection.app.state.guard
        connection.scope["auth"] = guard.check(connection.headers.get("authorization"), scope)

    return check


def security(scope: Scope) -> Sequence[SecurityRequirement]:
    """Say the same in the OpenAPI document."""
    return [{_NAME: [str(scope)]}]
