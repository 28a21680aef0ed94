"""The site that `make docs` makes."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest
from tests.documentation.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

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


def test_a_page_without_a_place_fails(tmp_path: Path) -> None:
    """A page that no toctree names is a warning that says so, and a warning fails."""
    (tmp_path / "conf.py").write_text((ROOT / "docs" / "conf.py").read_text(encoding="utf-8"))
    (tmp_path / "index.md").write_text("# Home\n")
    (tmp_path / "lost.md").write_text("# Lost\n")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", str(tmp_path), str(tmp_path / "site")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "lost.md: WARNING: document isn't included in any toctree" in done.stderr
