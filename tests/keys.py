"""API keys that a service without a database knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from app.access.guard import Guard
from app.access.key_ring import KeyRing
from app.access.rate_limits import Rates
from config.settings import AccessSettings
from storage.api_key import ApiKey, Scope, digest, id_of, new_key
from telemetry.instruments import AccessInstruments

if TYPE_CHECKING:
    from telemetry.signals import SignalMeter

FEEDBACK_KEY: Final = new_key()
PREDICT_KEY: Final = new_key()
FEEDBACK: Final = {"Authorization": f"Bearer {FEEDBACK_KEY}"}
"""Headers that allow feedback."""


def stored(key: str, *scopes: Scope, lifetime: timedelta = timedelta(days=1)) -> ApiKey:
    """Give what a database would hold of a key."""
    now = datetime.now(UTC)
    return ApiKey(
        id=id_of(key),
        name="test",
        sha256=digest(key),
        scopes=scopes,
        created_at=now,
        expires_at=now + lifetime,
        revoked_at=None,
    )


def access(signals: SignalMeter, settings: AccessSettings | None = None) -> dict[str, Any]:
    """Give the parts of a context that let callers through."""
    ring = KeyRing()
    ring.replace([stored(FEEDBACK_KEY, Scope.FEEDBACK), stored(PREDICT_KEY, Scope.PREDICT)])
    chosen = settings or AccessSettings()
    return {
        "guard": Guard(ring, AccessInstruments.create(signals)),
        "rates": Rates.of(chosen),
        "cors_origins": chosen.origins(),
    }
