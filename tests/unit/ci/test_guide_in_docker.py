"""How the script that follows the guide in Docker looks at pages and dashboards."""

from __future__ import annotations

import json
import runpy
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from tests.unit.grafana.panels import dashboards, panels

if TYPE_CHECKING:
    import pytest

SCRIPT: Final = Path(__file__).parents[3] / "scripts" / "guide_in_docker.py"


class Grafana(ThreadingHTTPServer):
    """Has the dashboards of the repository, and finds one thing for each query."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.boards = dashboards()
        self.asked: list[tuple[str, str]] = []


class Handler(BaseHTTPRequestHandler):
    """Answers as Grafana's API does."""

    server: Grafana

    def do_GET(self) -> None:  # the base class's name for it
        """Give a dashboard, or pass a search on to a source."""
        url = urlsplit(self.path)
        *_, place, _, last = url.path.split("/")
        if last != "search":
            self._answer({"dashboard": self.server.boards[last]})
            return
        self.server.asked.append((place, parse_qs(url.query)["q"][0]))
        self._answer({"traces": [{}]})

    def do_POST(self) -> None:  # likewise
        """Run one query."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        (query,) = body["queries"]
        self.server.asked.append((query["datasource"]["uid"], query["expr"]))
        self._answer({"results": {query["refId"]: {"frames": [{}]}}})

    def _answer(self, what: Any) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(what).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # likewise
        """Say nothing."""


def test_every_panel_has_its_source_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each query of each dashboard goes to Prometheus, Loki or Tempo, whichever its panel names."""
    look = runpy.run_path(str(SCRIPT))["look_at_dashboards"]
    with Grafana() as grafana:
        threading.Thread(target=grafana.serve_forever).start()
        monkeypatch.setitem(look.__globals__, "GRAFANA", f"http://127.0.0.1:{grafana.server_port}")
        try:
            look()
        finally:
            grafana.shutdown()
    sources = Counter(
        target["datasource"]["uid"].replace("${datasource}", "prometheus")
        for board in grafana.boards.values()
        for panel in panels(board)
        for target in panel.get("targets", ())
    )
    assert set(sources) == {"prometheus", "loki", "tempo"}
    assert Counter(source for source, _ in grafana.asked) == sources
    # What is left are Grafana's own.
    assert not [words for _, words in grafana.asked if "$" in words.replace("$__", "")]


class Broken(BaseHTTPRequestHandler):
    """Ends in the middle of an answer, as a program that is being restarted does."""

    def do_GET(self) -> None:  # the base class's name for it
        """Give less than is announced."""
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"less")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # likewise
        """Say nothing."""


def test_a_page_that_breaks_off_is_asked_for_again() -> None:
    """It counts as one that cannot be had yet."""
    get = runpy.run_path(str(SCRIPT))["get"]
    with ThreadingHTTPServer(("127.0.0.1", 0), Broken) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            assert get(f"http://127.0.0.1:{server.server_port}") == ""
        finally:
            server.shutdown()
