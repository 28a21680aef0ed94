"""The API keys that are valid, as they were last read: no request waits for the database."""

from __future__ import annotations

from hashlib import sha256
from time import time
from typing import TYPE_CHECKING, Final

from storage.api_key import LONGEST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from storage.api_key import ApiKey

_BEARER: Final = b"bearer "


class KeyRing:
    """Tells whose a key is.

    Keys are found by their hash. How long that takes tells a guesser something of the hash of the
    guess, which cannot be chosen, and nothing of a key.
    """

    def __init__(self, clock: Callable[[], float] = time) -> None:
        """Know no key yet.

        Args:
            clock: seconds since 1970.

        """
        self._clock = clock
        self._keys: Mapping[bytes, tuple[float, ApiKey]] = {}
        self.is_known = False
        """Whether the keys have been read since the start."""

    def replace(self, keys: Sequence[ApiKey]) -> None:
        """Know these keys and no others."""
        self._keys = {
            key.sha256: (key.expires_at.timestamp(), key) for key in keys if key.revoked_at is None
        }
        self.is_known = True

    def find(self, authorization: bytes) -> ApiKey | None:
        """Give the valid key that an ``Authorization`` header carries, or nothing."""
        key = authorization[len(_BEARER) :].strip()
        if len(key) > LONGEST or authorization[: len(_BEARER)].lower() != _BEARER:
            return None
        found = self._keys.get(sha256(key).digest())
        return found[1] if found is not None and self._clock() < found[0] else None
