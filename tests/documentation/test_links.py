"""Every link of the documentation leads somewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest
from tests.documentation.pages import ROOT, anchors, links, pages, read, whole

if TYPE_CHECKING:
    from pathlib import Path

HOSTS: Final = {
    "github.com",
    "go.dev",
    "grafana.com",
    "keda.sh",
    "localhost",
    "locust.io",
    "mlflow.org",
    "numba.pydata.org",
    "owasp.org",
    "pokemonshowdown.com",
    "pokeapi.co",
    "pola.rs",
    "prometheus.io",
    "www.sphinx-doc.org",
}
"""Where links may lead outside; `make links` asks those hosts."""


@pytest.mark.parametrize("page", pages())
def test_links_lead_somewhere(page: str) -> None:
    """A file of the repository, a heading of a page, or a host that is known."""
    for link in links(read(page)):
        parts = urlsplit(link)
        if parts.scheme:
            assert parts.scheme in {"http", "https"}, link
            assert parts.hostname in HOSTS, f"{page}: {link}: add the host to test_links.py"
            continue
        target = (ROOT / page).parent / parts.path if parts.path else ROOT / page
        assert target.exists(), f"{page}: {link}"
        assert target.resolve().is_relative_to(ROOT), f"{page}: {link} leaves the repository"
        if parts.fragment:
            known = anchors(whole(target))
            assert parts.fragment in known, f"{page}: {link}: {target.name} has {sorted(known)}"


def test_each_link_outside_is_one_that_is_asked_for(tmp_path: Path) -> None:
    """What `make links` runs finds every one of them; here it is told to ask nobody."""
    outside = {
        link
        for page in pages()
        for link in links(read(page))
        if (urlsplit(link).hostname or "localhost") != "localhost"
    }
    (line,) = [one for one in read("Makefile").splitlines() if "--builder linkcheck" in one]
    words = line.partition("python ")[2].replace("build/links", str(tmp_path)).split()
    telling = ("--define", "linkcheck_ignore=.", "--doctree-dir", str(tmp_path / "trees"))
    subprocess.run([sys.executable, *words, *telling], cwd=ROOT, check=True)
    said = (tmp_path / "output.json").read_text(encoding="utf-8").splitlines()
    assert outside <= {json.loads(found)["uri"] for found in said}


def test_links_are_found() -> None:
    """In a sentence, in angle brackets, on a picture and as one; not in code."""
    text = "[a](b.md#c) <http://localhost> [![d](e.png)](f.svg) `[g](h)`\n```bash\n[i](j)\n```\n"
    assert set(links(text)) == {"b.md#c", "http://localhost", "e.png", "f.svg"}
