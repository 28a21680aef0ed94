"""The programs of the embedded server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage.embedded import programs
from storage.embedded.programs import Programs
from storage.errors import EmbeddedDatabaseError

if TYPE_CHECKING:
    from pathlib import Path


def _saying(folder: Path, script: str) -> Programs:
    program = folder / "initdb"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
    program.chmod(0o700)
    return Programs(folder, account=None)


def test_a_program_that_fails_has_the_last_word(tmp_path: Path) -> None:
    """The error holds the last lines of what it has said."""
    failing = _saying(tmp_path, "echo one; echo two >&2; echo three >&2; exit 1")
    with pytest.raises(EmbeddedDatabaseError, match=r"^initdb failed: two / three$"):
        failing.run("initdb", where=tmp_path)


def test_a_program_that_takes_too_long_is_an_error_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What starts the server is told so in one line, as of any other failure."""
    monkeypatch.setattr(programs, "SECONDS", 0.2)
    hanging = _saying(tmp_path, "exec sleep 60")
    with pytest.raises(EmbeddedDatabaseError, match=r"^initdb did not end within 0\.2 s$"):
        hanging.run("initdb", where=tmp_path)
