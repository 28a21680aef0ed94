"""What unit tests share: the dex as released, prepared for features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from etl.snapshot import load_dex
from features.matchup_frames import MatchupFrames
from inference.predictor import Predictor
from training import released

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


@pytest.fixture(scope="session")
def released_predictor() -> Predictor:
    """Load the released champion."""
    return Predictor.load(
        released.MODEL_FILE, version="v1", contract_version=released.release().contract_version
    )
