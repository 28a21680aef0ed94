"""How Sphinx makes a site of these pages; `make docs` does it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).parent

project = "Dexwatch"
language = "en"
extensions = ["myst_parser"]
myst_heading_anchors = 3

# What runs on the reader's own machine is there only while it runs.
linkcheck_ignore = ["http://localhost"]

html_title = "Dexwatch"
html_theme = "furo"
html_copy_source = False
html_show_copyright = False
html_use_index = False


def setup(app: Sphinx) -> None:
    """Let links that lead out of these pages bring the file along."""
    app.connect("source-read", _bring_along)


def _bring_along(app: Sphinx, page: str, source: list[str]) -> None:
    # A page of the site it cannot be, and as such MyST would look for it.
    def link(found: re.Match[str]) -> str:
        target = (app.srcdir / page).parent / found[1]
        inside = target.resolve().is_relative_to(DOCS) or not target.exists()
        return found[0] if inside else f"](path:{found[1]})"

    source[0] = re.sub(r"\]\((\.\./[^)#]+\.md)\)", link, source[0])
