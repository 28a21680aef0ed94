"""Texts that the project is held to and that are not its own: the guide and the names in French.

They stand beside the checkout, where somebody has put them there; a clone comes without. One rule
holds for all tests of them, under ``CI`` too: once one text is there none may be missing, and where
there is none the tests are left out. What the guide asks for stands on docs/fr/demarrage.md too,
which is tested everywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

_FOLDER: Final = Path(__file__).parents[2] / "shared"

GUIDE: Final = _FOLDER / "seed" / "monitoring-guide.fr.md"
"""The user's monitoring guide."""
NAMES: Final = _FOLDER / "reference" / "french_names.csv"
"""Ids, identifiers, English and French names of forms, moves and types."""

ARE_HERE: Final = GUIDE.is_file() or NAMES.is_file()
"""Whether the texts are beside this checkout."""

of_the_texts: Final = pytest.mark.skipif(
    not ARE_HERE, reason="the guide and the names stand beside no clone"
)
"""Marks a test that reads one of them."""


def guide() -> str:
    """Give the guide."""
    return GUIDE.read_text(encoding="utf-8", errors="replace")
