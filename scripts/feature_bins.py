"""Divide the features into bins anew, after a change of the contract or for another champion.

The released champion's baseline is counted anew with them; nothing else of its release changes. It
may be of the contract before, which had fewer features: a model of the new one is trained next, and
training counts in these bins.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from etl.snapshot import load_dex
from features import bins
from features.contract import FEATURE_NAMES, FEATURES
from features.matchup_frames import MatchupFrames
from features.units import RANGES
from inference.catboost_alone import CatBoost
from inference.predictor import Predictor
from registry.manifest import describe
from training import dataset, reference, released

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE: Final = Path(bins.__file__).with_name(bins.BINS_FILE)


@dataclass(frozen=True)
class Champion:
    """The released model, asked by the features that it knows."""

    predictor: Predictor
    columns: list[int]

    @classmethod
    def load(cls, feature_names: list[str]) -> Champion:
        """Load it; it has no feature that the contract lacks."""
        model = CatBoost()
        model.load_model(str(released.MODEL_FILE))
        return cls(Predictor(model, "released"), [FEATURE_NAMES.index(n) for n in feature_names])

    def predict(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Give A's probability to win for each row of the contract."""
        return self.predictor.predict(rows[:, self.columns])


def require_possible(rows: NDArray[np.float32]) -> None:
    """Refuse values that a feature's unit does not allow.

    Raises:
        SystemExit: there are some; drift would take them for damaged.

    """
    for feature, values in zip(FEATURES, rows.T, strict=True):
        low, high = RANGES[feature.unit]
        least, most = np.nanmin(values), np.nanmax(values)
        if not low <= least <= most <= high:
            raise SystemExit(
                f"{feature.name} takes values from {least:g} to {most:g}, its unit "
                f"({feature.unit}) those from {low:g} to {high:g}: give it another, see RANGES in "
                "src/features/units.py"
            )


def main() -> None:
    """Write the bins and the release."""
    frames = MatchupFrames.prepare(load_dex())
    release = released.release()
    labels = dataset.read(released.LABELS_FILE)
    recommended = reference.build(frames, Champion.load(release.feature_names), labels)
    training = dataset.examples(frames, labels).matrix
    require_possible(training)
    FILE.write_bytes(bins.divide(recommended.features.to_numpy(), training))
    release = msgspec.structs.replace(release, baseline=recommended.baseline)
    released.RELEASE_FILE.write_bytes(describe(release))


if __name__ == "__main__":
    main()
