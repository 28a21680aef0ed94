"""The fixed luck of the kernel's games."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from features.duel.luck import POINTS, Luck

PINNED = "1678db38aba392db"


@pytest.mark.parametrize("games", [8, 32])
def test_games_share_out_the_unit_interval(games: int) -> None:
    """Each draw falls once into each of as many equal parts as there are games."""
    parts = np.sort((Luck.of(32, 8).points[:games] * games).astype(int), axis=0)
    assert (parts == np.arange(games)[:, np.newaxis]).all()


def test_luck_never_changes() -> None:
    """A model was trained with these very numbers: no library may alter them unnoticed."""
    luck = Luck.of(32, 8)
    assert luck.points.shape == (34, POINTS)
    drawn = hashlib.sha256(luck.points.tobytes() + luck.seeds.tobytes()).hexdigest()
    assert drawn[:16] == PINNED
