"""The site that `make docs` makes."""

from __future__ import annotations

import re
import subprocess
from typing import Final

import pytest
from tests.documentation.pages import ROOT

SITE: Final = ROOT / "build" / "docs"


@pytest.fixture(scope="module")
def made() -> str:
    """Make it, and give what that says."""
    done = subprocess.run(["make", "docs"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_site_is_made_without_a_warning(made: str) -> None:
    """Each page has its place in the navigation, each link its target, each picture its file."""
    assert made.endswith("build/docs/index.html\n")
    written = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    assert all((SITE / page).with_suffix(".html").is_file() for page in written)


@pytest.mark.usefixtures("made")
def test_the_site_needs_no_other_host() -> None:
    """No page loads a script, a style, a font or a picture from elsewhere."""
    for path in [*SITE.rglob("*.html"), *SITE.rglob("*.css")]:
        text = path.read_text(encoding="utf-8")
        loaded = re.findall(r'src="([^"]*)|<link[^>]*href="([^"]*)|url\(([^)]*)', text)
        for source in filter(None, (one for found in loaded for one in found)):
            assert not re.match(r"""["']?(https?:)?//""", source), f"{path}: {source}"
