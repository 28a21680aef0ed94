"""Names of the files that stand beside a released model."""

from __future__ import annotations

from typing import Final

MODEL_FILE: Final = "model.cbm"
RELEASE_FILE: Final = "release.json"
EVALUATION_FILE: Final = "evaluation.csv"
"""The choosers, population by population."""
ERRORS_FILE: Final = "errors.csv"
"""The error by effect of the opening, and of the worst openings."""
RELIABILITY_FILE: Final = "reliability.csv"
"""The bins of the reliability diagram, population by population."""
RELIABILITY_PICTURE: Final = "reliability.png"
EFFECTS_PICTURE: Final = "effects.png"
CARD_FILE: Final = "card.md"
"""The model card; it shows the two pictures."""

ARTIFACTS: Final = (
    EVALUATION_FILE,
    ERRORS_FILE,
    RELIABILITY_FILE,
    RELIABILITY_PICTURE,
    EFFECTS_PICTURE,
    CARD_FILE,
)
"""What is logged with the model."""
