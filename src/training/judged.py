"""Held-out matchups, simulated twice, with the features that choosers judge them by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from training.dataset import Examples, examples

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from features.matchup_frames import MatchupFrames


@dataclass(frozen=True, slots=True)
class Judged:
    """The truth of the judged matchups and its independent repetition, row by row."""

    examples: Examples
    again: NDArray[np.float64]
    """Win rates of the second simulation."""
    again_games: NDArray[np.int32]

    @classmethod
    def of(cls, frames: MatchupFrames, truth: pl.DataFrame, again: pl.DataFrame) -> Self:
        """Compute the features of the truth.

        Args:
            frames: the prepared dex.
            truth: labels of held-out matchups.
            again: the same matchups and openings, simulated independently: the noise floor.

        Raises:
            ValueError: ``again`` has other rows than ``truth``.

        """
        keys = ["matchup_id", "opening"]
        if not truth.select(keys).equals(again.select(keys)):
            raise ValueError("the second simulation is not of the same matchups and openings")
        second = (again["wins"] + 0.5 * again["draws"]) / again["games"]
        return cls(examples(frames, truth), second.to_numpy(), again["games"].to_numpy())

    @property
    def games(self) -> NDArray[np.int32]:
        """Games of both simulations."""
        return self.examples.games + self.again_games

    @property
    def pooled(self) -> NDArray[np.float64]:
        """Win rates over the games of both simulations."""
        first = self.examples.win_rate * self.examples.games
        pooled: NDArray[np.float64] = (first + self.again * self.again_games) / self.games
        return pooled
