"""What tests with the real simulator share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from etl.snapshot import load_dex

if TYPE_CHECKING:
    from features.dex import Dex


@pytest.fixture(scope="session")
def dex() -> Dex:
    """Give the dex of the snapshot in the repository."""
    return load_dex()
