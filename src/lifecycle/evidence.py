"""What is known of a champion and its challenger before one of them is chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from time import process_time
from typing import TYPE_CHECKING, Final, Self

from inference.predictor import Predictor
from registry.cache import ModelCache
from training import dataset, released
from training.calibration import calibration_error
from training.choosers import as_answered
from training.evaluation import choice_quality, clustered_mean
from training.judged import Judged

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from config.settings import ModelSettings
    from features.matchup_frames import MatchupFrames
    from registry.manifest import ModelManifest
    from storage.live_store import LiveTotal
    from training.dataset import Examples

TIMED_ROWS: Final = (4, 1_000)
"""Rows of a prediction of one request, and of a batch."""
TIMES: Final = 100


@dataclass(frozen=True, slots=True)
class Rated:
    """A registered model, its checksum verified, ready to predict."""

    manifest: ModelManifest
    predictor: Predictor
    bytes: int

    @classmethod
    def load(cls, settings: ModelSettings, data_dir: Path, version: int) -> Self:
        """Load a version from the local cache.

        Raises:
            CorruptModelError: it is not there, or not as its manifest describes.
            IncompatibleModelError: it belongs to another feature contract.

        """
        cached = ModelCache.of(settings, data_dir).read(version)
        predictor = Predictor.load(
            cached.model_path,
            version=cached.manifest.label,
            contract_version=cached.manifest.contract_version,
        )
        return cls(cached.manifest, predictor, cached.model_path.stat().st_size)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same simulated openings; differences are challenger minus champion."""

    examples: Examples
    champion: NDArray[np.float64]
    challenger: NDArray[np.float64]
    """Win probabilities, one a row."""

    @classmethod
    def of(cls, examples: Examples, champion: Rated, challenger: Rated) -> Self:
        """Have both predict."""
        matrix = examples.matrix
        predictors = champion.predictor, challenger.predictor
        return cls(examples, *(predictor.predict(matrix) for predictor in predictors))

    def brier_difference(self, rows: NDArray[np.bool_] | None = None) -> tuple[float, float]:
        """Give the difference of the Brier scores and its standard error, over some rows.

        A matchup is one observation.
        """
        won = self.examples.win_rate
        difference = (self.challenger - won) ** 2 - (self.champion - won) ** 2
        matchups = self.examples.labels["matchup_id"].to_numpy()
        if rows is not None:
            difference, matchups = difference[rows], matchups[rows]
        return clustered_mean(difference, matchups)

    def regrets(self) -> tuple[float, float]:
        """Give the win rate that each gives away by its choice of moves, the champion's first."""
        champion, challenger = (
            choice_quality(
                self.examples.labels, as_answered(predicted, self.examples.features)
            ).regret
            for predicted in (self.champion, self.challenger)
        )
        return champion, challenger

    def calibration_errors(self) -> tuple[float, float]:
        """Give the calibration error of each, the champion's first."""
        won = self.examples.win_rate
        return calibration_error(self.champion, won), calibration_error(self.challenger, won)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the gate looks at."""

    champion: Rated
    challenger: Rated
    frozen: Comparison
    """On the released truth."""
    since_release: Comparison
    """There too, beside the champion that comes with the code instead of the one that serves."""
    asked: Comparison | None
    """On matchups that production asked about; None where none were played."""
    moves: pl.DataFrame
    """The dex's moves, by whose effects openings are grouped."""
    seconds: tuple[float, float]
    """Processor time of a prediction of each, champion first: over :data:`TIMED_ROWS`, summed."""
    shadow: LiveTotal
    """What was seen of the challenger beside the champion."""
    shadow_predictions: int
    """That are asked for."""

    @classmethod
    def gather(  # noqa: PLR0913  # where evidence comes from, each named
        cls,
        champion: Rated,
        challenger: Rated,
        frames: MatchupFrames,
        moves: pl.DataFrame,
        *,
        asked_labels: Path | None,
        shadow: LiveTotal,
        shadow_predictions: int,
    ) -> Self:
        """Have both models predict what is known, and time them."""
        truth = Judged.of(
            frames, dataset.read(released.TRUTH_FILE), dataset.read(released.AGAIN_FILE)
        ).examples
        frozen = Comparison.of(truth, champion, challenger)
        first = Predictor.load(
            released.MODEL_FILE,
            version="released",
            contract_version=released.release().contract_version,
        )
        asked = None
        if asked_labels is not None:
            examples = dataset.examples(frames, dataset.read(asked_labels))
            asked = Comparison.of(examples, champion, challenger)
        return cls(
            champion,
            challenger,
            frozen,
            replace(frozen, champion=first.predict(truth.matrix)),
            asked,
            moves,
            least_times(champion.predictor, challenger.predictor, truth.matrix),
            shadow,
            shadow_predictions,
        )


def least_times(
    champion: Predictor, challenger: Predictor, matrix: NDArray[np.float32]
) -> tuple[float, float]:
    """Give the least processor time of each, tried in turns.

    Whatever else the machine does only adds to a time: the least is what the model itself takes.
    """
    totals = [0.0, 0.0]
    for rows in TIMED_ROWS:
        part = matrix[:rows]
        least = [inf, inf]
        for _ in range(TIMES):
            for place, predictor in enumerate((champion, challenger)):
                began = process_time()
                predictor.predict(part)
                least[place] = min(least[place], process_time() - began)
        totals = [total + took for total, took in zip(totals, least, strict=True)]
    return totals[0], totals[1]
