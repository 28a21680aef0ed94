"""API keys: how they look, and what is kept of them.

A key is ``dexwatch_<id>_<secret>``: the id says which key it is and is no secret, the secret is 256
random bits. Of the whole only the SHA-256 is stored. A slow hash such as bcrypt protects passwords,
which can be guessed; nobody guesses 256 bits, and a slow hash on each request would let anyone keep
the service busy with wrong keys.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b32encode
from datetime import datetime  # noqa: TC003  # msgspec resolves field types
from enum import StrEnum
from typing import Final

import msgspec

PREFIX: Final = "dexwatch"
"""Lets scanners of repositories and logs find a key that was left there."""
LONGEST: Final = 128
"""More characters than a key has."""


class Scope(StrEnum):
    """What a key allows."""

    PREDICT = "predict"
    """Nothing that needs a key; its requests are counted by it, not by their address."""
    FEEDBACK = "feedback"
    """Tell who won."""


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of a key."""

    id: str
    name: str
    sha256: bytes
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def new_key() -> str:
    """Make a key."""
    key_id = b32encode(secrets.token_bytes(5)).decode().lower()
    return f"{PREFIX}_{key_id}_{secrets.token_urlsafe(32)}"


def id_of(key: str) -> str:
    """Give the id of a key that :func:`new_key` has made.

    Raises:
        ValueError: it is none.

    """
    prefix, key_id, _secret = key.split("_", 2)
    if prefix != PREFIX:
        raise ValueError("this is no key of Dexwatch")
    return key_id


def digest(key: str) -> bytes:
    """Give what is stored of a key."""
    return hashlib.sha256(key.encode()).digest()
