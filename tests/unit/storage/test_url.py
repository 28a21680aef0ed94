"""Which URLs of a database are refused before anybody is asked."""

from __future__ import annotations

import pytest

from storage.errors import DatabaseUrlError
from storage.url import check_url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:secret@localhost/dex",
        "postgres://user:secret@db.example:5432/dex?sslmode=require",
        "postgresql://user:sec%2Fret@[::1]:5432/dex",
        "postgresql://user@one:5432,two:5433/dex",
        "postgresql:///dex?host=/var/run/postgresql",
    ],
)
def test_what_the_driver_understands_is_let_through(url: str) -> None:
    """Ports, IPv6, several hosts and a socket's folder raise nothing."""
    check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user:secret@localhost/dex",
        "postgresql+asyncpg://user:secret@localhost/dex",
        "host=localhost password=secret",
        "postgresql://user:secret@localhost:port/dex",
        "postgresql://user:secret@localhost:99999/dex",
        "postgresql://user:secret@localhost:0/dex",
        "postgresql://user:secret@localhost:/dex",
        "postgresql://user:secret/more@localhost/dex",
        "postgresql://user:secret@[::1/dex",
    ],
)
def test_a_malformed_url_is_refused_without_being_shown(url: str) -> None:
    """One line says what is wrong; no part of the password is in it or in its causes."""
    with pytest.raises(DatabaseUrlError) as caught:
        check_url(url)
    message = str(caught.value)
    assert "postgresql://user:password@host:port/database" in message
    assert "\n" not in message
    assert "secret" not in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
