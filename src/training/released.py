"""What is released with the code: the data set, the truth it is judged by, and the champion."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from registry.manifest import ModelRelease, read_description
from training import release_files

FOLDER: Final = Path(__file__).parent / "released"

LABELS_FILE: Final = FOLDER / "labels.parquet"
"""Simulated training matchups."""
TRUTH_FILE: Final = FOLDER / "truth.parquet"
"""Simulated matchups of held-out pairs of forms."""
AGAIN_FILE: Final = FOLDER / "truth_again.parquet"
"""The same matchups simulated a second time, independently: the noise floor."""
MODEL_FILE: Final = FOLDER / release_files.MODEL_FILE
EVALUATION_FILE: Final = FOLDER / release_files.EVALUATION_FILE
"""How it compares with the other choosers, population by population."""
CARD_FILE: Final = FOLDER / release_files.CARD_FILE
RELEASE_FILE: Final = FOLDER / release_files.RELEASE_FILE
"""What training stated about the champion, a :class:`registry.manifest.ModelRelease`."""
ABLATION_FILE: Final = FOLDER / "ablation.csv"
"""What each group of features is worth, columns of :data:`training.ablation.ABLATION`."""

ARTIFACTS: Final = tuple(FOLDER / name for name in release_files.ARTIFACTS)
"""What is logged in MLflow with the champion."""


def release() -> ModelRelease:
    """Read what training stated about the released champion.

    Raises:
        CorruptModelError: the statement is missing or malformed.

    """
    return read_description(RELEASE_FILE, ModelRelease)
