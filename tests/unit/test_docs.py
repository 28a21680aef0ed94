"""The generated pages of the documentation."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = runpy.run_path(str(ROOT / "scripts" / "reference_docs.py"))["PAGES"]


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    """The committed page equals a fresh one, so nothing stays undocumented."""
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == PAGES[name]()
