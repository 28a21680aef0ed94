"""Every link of the documentation leads somewhere."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import pytest
from tests.documentation.pages import ROOT, anchors, links, pages, read, whole

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
    "pola.rs",
    "prometheus.io",
    "www.sphinx-doc.org",
}
"""Where links may lead outside; nobody asks those hosts here."""


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


def test_links_are_found() -> None:
    """In a sentence, in angle brackets, on a picture and as one; not in code."""
    text = "[a](b.md#c) <http://localhost> [![d](e.png)](f.svg) `[g](h)`\n```bash\n[i](j)\n```\n"
    assert set(links(text)) == {"b.md#c", "http://localhost", "e.png", "f.svg"}
