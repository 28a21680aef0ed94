"""One service, and one worker, a data folder."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING, Final

import click
import pytest

from cli import lock
from cli.lock import is_used, sole_use

if TYPE_CHECKING:
    from pathlib import Path

NAME: Final = ".lock"


def test_a_second_is_refused(tmp_path: Path) -> None:
    """Who holds the folder holds it alone, and until its end."""
    with sole_use(tmp_path, "a worker", NAME):
        assert is_used(tmp_path, NAME)
        with (
            pytest.raises(click.ClickException, match="a worker already runs"),
            sole_use(tmp_path, "a worker", NAME),
        ):
            pytest.fail("two hold it")
    assert not is_used(tmp_path, NAME)


def test_who_only_looks_is_in_nobodys_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A health check takes the lock for an instant; a worker that starts then is not refused."""
    with (tmp_path / NAME).open("w") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        monkeypatch.setattr(
            lock.time, "sleep", lambda _: fcntl.flock(looking.fileno(), fcntl.LOCK_UN)
        )
        with sole_use(tmp_path, name=NAME):
            assert is_used(tmp_path, NAME)
