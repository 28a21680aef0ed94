"""What tests of the features against the real simulator share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from etl.snapshot import load_dex
from features.matchup_frames import MatchupFrames

if TYPE_CHECKING:
    from features.dex import Dex


@pytest.fixture(scope="session")
def dex() -> Dex:
    """Give the dex of the snapshot in the repository."""
    return load_dex()


@pytest.fixture(scope="session")
def frames(dex: Dex) -> MatchupFrames:
    """Give the dex as features take it."""
    return MatchupFrames.prepare(dex)
