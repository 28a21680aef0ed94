"""Divide the features into bins anew, after a change of the contract.

The released champion's baseline is counted anew with them; nothing else of its release changes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from etl.snapshot import load_dex
from features import bins
from features.matchup_frames import MatchupFrames
from inference.predictor import Predictor
from registry.manifest import describe
from training import dataset, reference, released

FILE: Final = Path(bins.__file__).with_name(bins.BINS_FILE)


def main() -> None:
    """Write the bins and the release."""
    frames = MatchupFrames.prepare(load_dex())
    release = released.release()
    predictor = Predictor.load(
        released.MODEL_FILE, version="released", contract_version=release.contract_version
    )
    labels = dataset.read(released.LABELS_FILE)
    recommended = reference.build(frames, predictor, labels)
    training = dataset.examples(frames, labels).matrix
    FILE.write_bytes(bins.divide(recommended.features.to_numpy(), training))
    release = msgspec.structs.replace(release, baseline=recommended.baseline)
    released.RELEASE_FILE.write_bytes(describe(release))


if __name__ == "__main__":
    main()
