"""Follow the monitoring guide in Docker, as written: both ways to start, every command and URL.

    python scripts/guide_in_docker.py

Needs nothing but Python and Docker with Compose, in a fresh clone, with the ports free. It begins
and ends with `docker compose down --volumes`. CI runs it; where there is no engine it cannot run.
"""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import urllib.request
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.error import URLError
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).parent.parent
GRAFANA: Final = "http://localhost:3000"
PROMETHEUS: Final = "http://localhost:9090"

FULL: Final = "docker compose up --build"
IN_PARTS: Final = (
    "docker compose up db etl api -d",
    "docker compose up prometheus grafana node-exporter -d",
)
COMMANDS: Final = (
    "curl http://localhost:8000/metrics",
    "curl http://localhost:8000/health",
    "docker compose logs prometheus",
    "docker compose restart grafana",
    "ls -lh data/datasets/X_train.parquet",
    "ls -lh api_pokemon/monitoring/drift_data/",
)
EVERYDAY: Final = (
    "docker compose exec api python -m cli doctor",
    "docker compose exec worker python -m cli --help",
    "docker compose exec db pg_dump -U postgres dexwatch",
    "docker compose exec -T ui cat /run/keys/feedback >data/feedback-key",
)
"""Of docs/deployment.md, where everything runs."""
RUNBOOKS: Final = (
    "docker compose ps api",
    "docker compose stop db",
    "docker compose stop otel-collector",
)
"""Of docs/runbooks, last of all."""
FOLLOWED: Final = 'docker compose logs -f api | grep -i "production"'
"""Goes on until it is interrupted."""
PREDICTION: Final = """\
curl -X POST http://localhost:8000/predict/best-move \\
  -H "Content-Type: application/json" \\
  -d '{
    "pokemon_a_id": 1,
    "pokemon_b_id": 25,
    "available_moves": ["Surf", "Ice Beam", "Earthquake"]
  }'"""
PAGES: Final = {
    "http://localhost:8000/docs": "swagger",
    "http://localhost:8000/metrics": "api_requests_total",
    "http://localhost:8000/health": "ok",
    PROMETHEUS: "prometheus",
    f"{PROMETHEUS}/alerts": "prometheus",
    f"{PROMETHEUS}/targets": "prometheus",
    f"{PROMETHEUS}/graph": "prometheus",
    GRAFANA: "grafana",
    f"{GRAFANA}/d/api-performance": "grafana",
    f"{GRAFANA}/d/model-performance": "grafana",
    f"{GRAFANA}/datasources": "grafana",
}
"""Each URL, and a word that stands on its page."""
ALL_PAGES: Final = PAGES | {
    "http://localhost:8501": "streamlit",
    "http://localhost:5000": "mlflow",
    "http://localhost:9093": "alertmanager",
}
QUERIES: Final = (
    "rate(api_requests_total[1m])",
    "rate(api_requests_total[5m])",
    "histogram_quantile(0.95, rate(api_request_duration_seconds_bucket[5m]))",
    "rate(api_errors_total[5m]) / rate(api_requests_total[5m])",
    "rate(model_predictions_total[1m]) * 60",
    "histogram_quantile(0.95, rate(model_prediction_duration_seconds_bucket[5m]))",
    "avg(model_confidence_score)",
)
ALERTS: Final = {
    "HighAPILatency",
    "HighErrorRate",
    "APIDown",
    "HighModelLatency",
    "LowModelConfidence",
    "HighCPUUsage",
    "HighMemoryUsage",
    "LowMemoryAvailable",
}
FEEDBACK: Final = """\
curl -sf -X POST http://localhost:8000/feedback \\
  -H "Authorization: Bearer $(cat data/feedback-key)" \\
  -H "Content-Type: application/json" \\
  -d '{"prediction_id": "%s", "winner": "A"}'"""
"""README's, with the key that is read last of those commands."""
A_FILE: Final = 100
"""Predictions that make a file."""
PAUSE: Final = 1.5
"""After so many seconds the service marks the next trace to be kept, however many came before."""
WELL: Final = {"done", "healthy", "running"}
"""How a service may be: at its end, in health, or running where no program could ask."""
PATIENCE: Final = 240.0
BUILDING: Final = 2400.0

_COOKIES: Final = urllib.request.HTTPCookieProcessor(CookieJar())
_BROWSER: Final = urllib.request.build_opener(_COOKIES)


def main() -> None:
    """Follow the guide twice: in parts, then all at once."""
    shell("docker compose down --volumes --remove-orphans")
    try:
        for command in IN_PARTS:
            shell(command)
        follow(PAGES)
        shell("docker compose down --volumes")
        with subprocess.Popen(FULL.split(), cwd=ROOT) as everything:
            try:
                for url in ALL_PAGES:
                    eventually(
                        f"{url} answers", lambda url=url: goes_on(everything) and get(url), BUILDING
                    )
                follow(ALL_PAGES)
                for command in EVERYDAY:
                    shell(command)
                shell(FEEDBACK % json.loads(shell(PREDICTION))["prediction_id"])
                look_at_services()
                for command in RUNBOOKS:
                    shell(command)
            finally:
                everything.send_signal(signal.SIGINT)
    except Exception:
        # Whatever it is: the containers are gone afterwards, and what they have said with them.
        subprocess.run(["docker", "compose", "ps", "--all"], cwd=ROOT, check=False)
        subprocess.run(["docker", "compose", "logs", "--tail", "200"], cwd=ROOT, check=False)
        raise
    finally:
        shell("docker compose down --volumes")
    print("the guide holds")


def follow(pages: dict[str, str]) -> None:
    """Do what the guide does once everything runs."""
    eventually("the API answers", lambda: bool(get("http://localhost:8000/health/ready")))
    answer = json.loads(shell(PREDICTION))
    assert answer["model_version"] == "v1", answer
    for _ in range(A_FILE):
        predict()
    # Of so many in a second most traces are dropped.
    time.sleep(PAUSE)
    trace = predict()
    log_in()
    for url, word in pages.items():
        eventually(f"{url} shows {word}", lambda url=url, word=word: word in get(url).lower())
    for query in QUERIES:
        eventually(f"Prometheus answers {query}", lambda query=query: bool(asked(query)))
    rules = json.loads(get(f"{PROMETHEUS}/api/v1/rules"))["data"]["groups"]
    names = {rule["name"] for group in rules for rule in group["rules"]}
    assert names >= ALERTS, ALERTS - names
    look_at_dashboards()
    eventually("the trace is in Tempo", lambda: trace in found_trace(trace))
    eventually("its log lines are in Loki", lambda: bool(found_logs()))
    for command in COMMANDS:
        shell(command)
    eventually("Grafana is back", lambda: bool(get(f"{GRAFANA}/api/health")))
    said = followed(FOLLOWED)
    assert "production data: reference loaded" in said, said
    assert f"production data: {A_FILE} rows written" in said, said
    listed = shell("ls api_pokemon/monitoring/drift_data/")
    assert re.search(r"production_data_\d{8}_\d{6}(_\d+)?\.parquet", listed), listed


def shell(command: str) -> str:
    """Run a line as people type it."""
    print(f"$ {command}", flush=True)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stdout}"
    return done.stdout


def followed(command: str, seconds: float = 10.0) -> str:
    """Watch a line that goes on by itself, on a terminal as people do; then press Ctrl-C."""
    print(f"$ {command}", flush=True)
    ours, theirs = pty.openpty()
    said = b""
    # It is a group of its own, to be interrupted as a whole.
    with subprocess.Popen(
        ["bash", "-c", command], cwd=ROOT, stdout=theirs, start_new_session=True
    ) as watching:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([ours], [], [], left)[0]:
                said += os.read(ours, 65536)
        os.killpg(watching.pid, signal.SIGINT)
    os.close(ours)
    os.close(theirs)
    return said.decode(errors="replace")


def get(url: str, body: Any = None) -> str:
    """Fetch a page in the session of :func:`log_in`; nothing when it cannot be had."""
    try:
        return fetched(url, body)[0]
    except (URLError, HTTPException, ConnectionError, TimeoutError):
        return ""


def fetched(url: str, body: Any = None) -> tuple[str, dict[str, str]]:
    """Fetch a page and its headers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310  # our own
    with _BROWSER.open(request, timeout=30) as answer:
        return answer.read().decode(), dict(answer.headers)


def eventually(what: str, holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until something holds, and say so."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(2)
    print(f"ok  {what}", flush=True)


def goes_on(process: subprocess.Popen[bytes]) -> bool:
    """Tell that a command goes on by itself; one that has ended will never bring anything."""
    assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
    return True


def predict() -> str:
    """Ask for a prediction; give the id of its trace."""
    body = json.loads(PREDICTION[PREDICTION.index("{") : PREDICTION.rindex("}") + 1])
    headers = fetched("http://localhost:8000/predict/best-move", body)[1]
    return headers["traceresponse"].split("-")[1]


def log_in() -> None:
    """Log in to Grafana as admin / admin."""
    eventually("Grafana answers", lambda: bool(get(f"{GRAFANA}/api/health")))
    said = get(f"{GRAFANA}/login", {"user": "admin", "password": "admin"})
    assert "Logged in" in said, said


def asked(query: str) -> list[Any]:
    """Ask Prometheus for a query's series."""
    said = get(f"{PROMETHEUS}/api/v1/query?{urlencode({'query': query})}")
    result: list[Any] = json.loads(said)["data"]["result"] if said else []
    return result


def look_at_dashboards() -> None:
    """Have Grafana run each panel's queries: none may fail, and each board shows something."""
    for path in sorted((ROOT / "grafana" / "dashboards").glob("*.json")):
        board = json.loads(get(f"{GRAFANA}/api/dashboards/uid/{path.stem}"))["dashboard"]
        variables = {
            variable["name"]: variable.get("allValue") or variable["current"]["value"]
            for variable in board.get("templating", {}).get("list", ())
        }
        shown = sum(
            run_query(with_values(target, variables), f"{path.stem}: {panel['title']}")
            for outer in board["panels"]
            for panel in outer.get("panels", [outer])
            for target in panel.get("targets", ())
        )
        assert shown, path.stem
        print(f"ok  {path.stem}: {shown} series, traces and lists of lines", flush=True)


def look_at_services() -> None:
    """See that each service is well and was never started anew, and that what runs once is done."""
    eventually("no service is starting", lambda: "starting" not in conditions().values())
    found = conditions()
    missing = {*shell("docker compose config --services").split()} - {*found}
    assert not missing, missing
    ailing = {service: how for service, how in found.items() if how not in WELL}
    assert not ailing, ailing


def conditions() -> dict[str, str]:
    """Say of each service how it is."""
    containers = json.loads(shell("docker inspect $(docker compose ps --all --quiet)"))
    return {
        container["Config"]["Labels"]["com.docker.compose.service"]: condition(container)
        for container in containers
    }


def condition(container: dict[str, Any]) -> str:
    """Say how a container is: one of :data:`WELL`, or what is wrong with it."""
    state, restarts = container["State"], container["RestartCount"]
    if restarts:
        return f"started anew {restarts} times"
    if state["OOMKilled"]:
        return "out of memory"
    once = container["HostConfig"]["RestartPolicy"]["Name"] == "no"
    if once and (state["Status"], state["ExitCode"]) == ("exited", 0):
        return "done"
    how: str = state.get("Health", {}).get("Status", state["Status"])
    return how


def with_values(target: dict[str, Any], variables: dict[str, str]) -> dict[str, Any]:
    """Put the board's variables into a query and into where it is asked."""
    words = json.dumps(target)
    for variable, value in variables.items():
        words = re.sub(rf"\$\{{?{variable}(:\w+)?\}}?", lambda _, value=value: value, words)
    filled: dict[str, Any] = json.loads(words)
    return filled


def run_query(target: dict[str, Any], name: str) -> int:
    """Have Grafana run one query where its panel asks it; give how much it has found."""
    place = target["datasource"]
    if place["type"] == "tempo":
        # `/api/ds/query` knows no search for traces: Grafana's page goes this way too.
        now = int(time.time())
        query = {"q": target["query"], "limit": target["limit"], "start": now - 900, "end": now}
        proxy = f"{GRAFANA}/api/datasources/proxy/uid/{place['uid']}"
        said = get(f"{proxy}/api/search?{urlencode(query)}")
        assert said, f"{name}: {target}"
        return len(json.loads(said).get("traces", ()))
    queries = [target | {"intervalMs": 15_000, "maxDataPoints": 500}]
    said = get(f"{GRAFANA}/api/ds/query", {"queries": queries, "from": "now-15m", "to": "now"})
    assert said, f"{name}: {target}"
    result = json.loads(said)["results"][target["refId"]]
    assert "error" not in result, f"{name}: {result}"
    return len(result["frames"])


def found_trace(trace: str) -> str:
    """Ask Tempo for a trace, by way of Grafana."""
    said = get(f"{GRAFANA}/api/datasources/proxy/uid/tempo/api/v2/traces/{trace}")
    return trace if '"spans"' in said else ""


def found_logs() -> list[Any]:
    """Ask Loki for what the service has said, by way of Grafana."""
    query = urlencode({"query": '{service_name="dexwatch"} |= "production"'})
    said = get(f"{GRAFANA}/api/datasources/proxy/uid/loki/loki/api/v1/query_range?{query}")
    result: list[Any] = json.loads(said)["data"]["result"] if said else []
    return result


if __name__ == "__main__":
    sys.exit(main())
