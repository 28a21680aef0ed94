"""The files of a trained model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from training import released
from training.candidate import Candidate, write
from training.release_files import MODEL_FILE, RELEASE_FILE

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_broken_off_has_no_description(tmp_path: Path) -> None:
    """A retraining that is ended while it writes its outcome does not take that as complete."""
    missing: Any = None
    cut_off = Candidate(missing, missing, missing, missing, released.release(), "card", b"model")
    with pytest.raises(AttributeError):
        write(cut_off, tmp_path)
    assert (tmp_path / MODEL_FILE).read_bytes() == b"model"
    assert not (tmp_path / RELEASE_FILE).exists()
