"""How Sphinx makes a site of these pages; `make docs` does it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).parent

NAVIGATION = {
    "index": {
        "Tutorials": (
            "tutorials/tour",
            "tutorials/retrain",
            "tutorials/a-feature-more",
            "fr/demarrage",
        ),
        "How to": ("how-to/*", "load-tests", "ui", "deployment", "runbooks/README", "contributing"),
        "Reference": (
            "reference/api",
            "reference/cli",
            "settings",
            "telemetry",
            "features",
            "dataset",
            "model-card",
            "benchmarks",
        ),
        "Explanation": (
            "architecture",
            "observability",
            "production-data",
            "drift",
            "lifecycle",
            "performance",
            "scaling",
            "reliability",
            "security",
            "adr/README",
        ),
    },
    "runbooks/README": {"": ("*",)},
    "adr/README": {"": ("0*",)},
}
"""Which pages stand beneath which; GitHub, which shows the same files, would print it as code."""

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
    """Add the navigation, and let links that lead out of these pages bring the file along."""
    app.connect("source-read", _bring_along)
    app.connect("source-read", _navigate)


def _bring_along(app: Sphinx, page: str, source: list[str]) -> None:
    # A page of the site it cannot be, and as such MyST would look for it.
    def link(found: re.Match[str]) -> str:
        target = (app.srcdir / page).parent / found[1]
        inside = target.resolve().is_relative_to(DOCS) or not target.exists()
        return found[0] if inside else f"](path:{found[1]})"

    source[0] = re.sub(r"\]\((\.\./[^)#]+\.md)\)", link, source[0])


def _navigate(_: Sphinx, page: str, source: list[str]) -> None:
    for caption, entries in NAVIGATION.get(page, {}).items():
        options = [":hidden:", ":glob:", *([f":caption: {caption}"] if caption else [])]
        source[0] += "\n".join(["\n```{toctree}", *options, "", *entries, "```", ""])
