"""Keys that are known, and those that are no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.keys import stored

from app.access.key_ring import KeyRing
from storage.api_key import Scope, digest, id_of, new_key


@dataclass
class _Clock:
    now: float

    def __call__(self) -> float:
        return self.now


def _sent(key: str) -> bytes:
    return f"Bearer {key}".encode()


def test_a_key_is_found_by_its_hash_until_it_ends() -> None:
    """Nothing but the key itself is found, and that no longer than it is valid."""
    clock = _Clock(datetime.now(UTC).timestamp())
    ring = KeyRing(clock)
    key, other = new_key(), new_key()
    kept = stored(key, Scope.FEEDBACK, lifetime=timedelta(hours=1))
    assert not ring.is_known
    ring.replace([kept])
    assert ring.is_known
    assert ring.find(_sent(key)) == kept
    assert ring.find(f"bearer  {key} ".encode()) == kept
    for wrong in (other, key[:-1], key + "x", key.upper(), "", "x" * 10_000, digest(key).hex()):
        assert ring.find(_sent(wrong)) is None
    for header in (b"", key.encode(), f"Basic {key}".encode(), b"Bearer", b"\xff" * 60):
        assert ring.find(header) is None
    clock.now += 3601
    assert ring.find(_sent(key)) is None


def test_a_revoked_key_is_known_no_more() -> None:
    """What was read last is what holds."""
    ring = KeyRing()
    key = new_key()
    kept = stored(key, Scope.FEEDBACK)
    ring.replace([kept])
    assert ring.find(_sent(key)) is not None
    ring.replace([msgspec.structs.replace(kept, revoked_at=datetime.now(UTC))])
    assert ring.find(_sent(key)) is None


def test_a_key_names_itself_and_is_hard_to_guess() -> None:
    """The id can be read from a key; of the rest, 43 characters are random."""
    keys = {new_key() for _ in range(100)}
    assert len(keys) == len({id_of(key) for key in keys}) == 100
    for key in keys:
        prefix, key_id, secret = key.split("_", 2)
        assert (prefix, len(key_id), len(secret)) == ("dexwatch", 8, 43)
    with pytest.raises(ValueError, match="no key of Dexwatch"):
        id_of("github_abcdefgh_secret")
