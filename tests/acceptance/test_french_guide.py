"""The French quick start, docs/fr/demarrage.md: each block, URL and query of it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from tests import patient, texts
from tests.acceptance.reader import Reader
from tests.acceptance.service import ROOT
from tests.documentation.commands import DOCKER
from tests.documentation.pages import SHELL, Block, blocks, commands, prose, read
from tests.stack.matrix import guide
from tests.texts import of_the_texts
from tests.waiting import wait_for

if TYPE_CHECKING:
    from tests.acceptance.service import Service

PAGE: Final = "docs/fr/demarrage.md"
API: Final = "http://localhost:8000"


def _commands(of: list[Block]) -> set[str]:
    return {line for language, code in of if language in SHELL for line in commands(code)}


def _queries(of: list[Block]) -> set[str]:
    lines = {line for language, code in of if language == "promql" for line in code.splitlines()}
    return {line for line in lines if line and not line.startswith("#")}


def _sections(text: str) -> Counter[str]:
    """Give the headings below the title, without pictures, remarks in brackets and capitals."""
    found = re.findall(r"^##+ (.+)$", prose(text), re.MULTILINE)
    plain = (re.sub(r"\(.*?\)|[^\w' :./-]", "", heading) for heading in found)
    return Counter(" ".join(heading.casefold().split()) for heading in plain)


def _urls(text: str) -> set[str]:
    return set(re.findall(r"http://localhost:\d+[\w/-]*", text))


def test_every_block_is_run(service: Service) -> None:
    """Against a service that has written a file; what needs Docker is passed over."""
    body = {"pokemon_a_id": 1, "pokemon_b_id": 25, "available_moves": ["Surf"]}
    with patient.client(base_url=service.url) as client:
        batch = {"predictions": [body] * 100}
        client.post("/predict/best-move/batch", json=batch).raise_for_status()
    wait_for(lambda: list((service.data_dir / "production").glob("*.parquet")))
    folder = service.data_dir.parent / "api_pokemon" / "monitoring"
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "drift_data"
    if not link.is_symlink():
        link.symlink_to((ROOT / "api_pokemon" / "monitoring" / "drift_data").readlink())
    printed = Reader(PAGE, service.data_dir.parent, {API: service.url}).follow()
    assert "# HELP api_requests_total Total API requests" in printed
    assert '"recommended_move":"Séisme"' in printed
    assert "X_train.parquet" in printed
    assert re.search(r"production_data_\d{8}_\d{6}(_\d+)?\.parquet", printed)


def test_every_url_is_opened(service: Service) -> None:
    """The service's own here, all others by the program that has Docker."""
    opened = (ROOT / DOCKER).read_text(encoding="utf-8")
    opened = opened.replace("{PROMETHEUS}", "http://localhost:9090")
    opened = opened.replace("{GRAFANA}", "http://localhost:3000")
    for url in _urls(read(PAGE)):
        if url.startswith(API):
            if not url.endswith("/best-move"):
                assert patient.get(url.replace(API, service.url)).status_code == 200
        else:
            assert f'"{url}"' in opened, url


def test_every_query_is_asked() -> None:
    """The stack that the tests run answers each of them."""
    asked = {entry.query for entry in guide()}
    assert _queries(blocks(read(PAGE))) | {"rate(api_requests_total[1m])"} <= asked
    assert "`rate(api_requests_total[1m])`" in read(PAGE)


@of_the_texts
def test_the_page_leaves_nothing_of_the_guide_out() -> None:
    """Each section, command, URL, query and alert of the guide stands on the page as well."""
    theirs, ours = texts.guide(), read(PAGE)
    assert _sections(theirs) - _sections(ours) == Counter()
    assert _commands(blocks(theirs)) <= _commands(blocks(ours))
    assert _queries(blocks(theirs)) <= _queries(blocks(ours))
    assert _urls(theirs) <= _urls(ours)
    assert set(re.findall(r"\*\*(\w+)\*\* : .*pendant", theirs)) <= set(re.findall(r"\w+", ours))
