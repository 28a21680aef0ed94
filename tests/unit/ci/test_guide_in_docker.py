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

import pytest
from tests.unit.grafana.panels import dashboards, panels

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPT: Final = Path(__file__).parents[3] / "scripts" / "guide_in_docker.py"
LABEL: Final = "com.docker.compose.service"


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


class Engine:
    """Stands for Docker: notes what it is asked, and ends `docker compose up --build` at once."""

    def __init__(self, folder: Path, containers: list[dict[str, Any]]) -> None:
        self.folder, self._noted = folder, folder / "noted"
        (folder / "containers.json").write_text(json.dumps(containers))
        services = " ".join(one["Config"]["Labels"][LABEL] for one in containers)
        program = folder / "docker"
        program.write_text(f"""#!/bin/sh
echo "$*" >> {self._noted}
case "$*" in
"compose up --build") exit 17 ;;
"compose config --services") echo {services} tempo ;;
inspect*) cat {folder}/containers.json ;;
esac
""")
        program.chmod(0o755)

    def noted(self) -> list[str]:
        """Give the commands that it was asked to run."""
        return self._noted.read_text().splitlines()


def _container(service: str, status: str = "running", **told: Any) -> dict[str, Any]:
    """Describe a container as the engine does."""
    state = {"Status": status, "ExitCode": told.get("code", 0), "OOMKilled": "oom" in told}
    if "health" in told:
        state["Health"] = {"Status": told["health"]}
    return {
        "Config": {"Labels": {LABEL: service}},
        "HostConfig": {"RestartPolicy": {"Name": told.get("restart", "unless-stopped")}},
        "RestartCount": told.get("restarts", 0),
        "State": state,
    }


@pytest.fixture
def with_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Engine]:
    """Give what puts an engine with some containers on the path."""

    def made(*containers: dict[str, Any]) -> Engine:
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        return Engine(tmp_path, [*containers])

    return made


def test_services_that_are_well_are_well(with_engine: Callable[..., Engine]) -> None:
    """What runs, is healthy, or has done its part once is as it should be."""
    with_engine(
        _container("tempo"),
        _container("api", health="healthy"),
        _container("migrate", "exited", restart="no"),
    )
    runpy.run_path(str(SCRIPT))["look_at_services"]()


@pytest.mark.parametrize(
    ("ailing", "how"),
    [
        (_container("mlflow", health="healthy", restarts=3), "started anew 3 times"),
        (_container("mlflow", health="healthy", oom=True), "out of memory"),
        (_container("mlflow", health="unhealthy"), "unhealthy"),
        (_container("mlflow", "exited"), "exited"),
        (_container("etl", "exited", restart="no", code=1), "exited"),
    ],
)
def test_a_service_that_is_not_well_is_told(
    with_engine: Callable[..., Engine], ailing: dict[str, Any], how: str
) -> None:
    """However briefly it answers between its ends."""
    with_engine(_container("tempo"), ailing)
    with pytest.raises(AssertionError, match=how):
        runpy.run_path(str(SCRIPT))["look_at_services"]()


def test_a_service_that_is_not_there_is_told(with_engine: Callable[..., Engine]) -> None:
    """A container that was never made is in no list of containers."""
    with_engine(_container("api", health="healthy"))
    with pytest.raises(AssertionError, match="tempo"):
        runpy.run_path(str(SCRIPT))["look_at_services"]()


def test_logs_are_printed_whatever_fails(
    with_engine: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer of another form loses them no more than a check that does not hold."""
    engine, main = with_engine(), runpy.run_path(str(SCRIPT))["main"]

    def stumble(_: object) -> None:
        raise KeyError("prediction_id")

    monkeypatch.setitem(main.__globals__, "follow", stumble)
    with pytest.raises(KeyError):
        main()
    noted = engine.noted()
    assert noted[-3:-1] == ["compose ps --all", "compose logs --tail 200"]
    assert noted[-1].startswith("compose down")


def test_a_build_that_fails_is_waited_for_no_longer(
    with_engine: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once `docker compose up` has ended no page will ever answer."""
    engine, main = with_engine(), runpy.run_path(str(SCRIPT))["main"]
    monkeypatch.setitem(main.__globals__, "BUILDING", 10.0)
    monkeypatch.setitem(main.__globals__, "follow", lambda _: None)
    monkeypatch.setitem(main.__globals__, "get", lambda _: "")
    with pytest.raises(AssertionError, match="ended with 17"):
        main()
    assert "compose logs --tail 200" in engine.noted()
