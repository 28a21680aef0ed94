"""What telemetry costs, and what a collector outage costs: `make bench-telemetry`.

One service for each way to observe it, all of them up at once and asked in turn, so that a busy
machine slows all of them; the ratios are what to look at. Prometheus, the collector and wrk share
the cores with the service.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx
from rich.console import Console
from rich.progress import track
from rich.table import Table

from cli.stack.addresses import Ports
from cli.stack.programs import Program, Stack
from cli.stack.supervise import Running

ROOT: Final = Path(__file__).parents[1]
QUESTION: Final = Path(__file__).with_name("best_move.lua")
CONNECTIONS: Final = 32
ROUNDS: Final = 7
ROUND_SECONDS: Final = 6
OUTAGE_CONNECTIONS: Final = 4
OUTAGE_SECONDS: Final = 120

OFF: Final = "off"
EVERYTHING: Final = "everything exported"
VARIANTS: Final = {
    OFF: {"OTEL_SDK_DISABLED": "true"},
    "metrics recorded": {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
    "metrics exported": {"OTEL_TRACES_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"},
    "and traces exported": {"OTEL_LOGS_EXPORTER": "none"},
    EVERYTHING: {},
}


def asked(url: str, connections: int, seconds: float) -> dict[str, float]:
    """Ask for a move again and again; give what wrk saw."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout=10s"]
    done = subprocess.run(  # noqa: S603  # our own command line
        [*command, "-s", str(QUESTION), f"{url}/predict/best-move"],
        check=True,
        capture_output=True,
        text=True,
    )
    seen: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return seen


def lost(url: str) -> dict[str, float]:
    """Read what the service counts as lost, by signal and reason."""
    text = httpx.get(f"{url}/metrics").raise_for_status().text
    found = re.findall(r"^telemetry_lost_total\{(.*?)\} (\S+)", text, re.MULTILINE)
    return {labels: float(value) for labels, value in found}


def services(stack: Stack, folder: Path) -> dict[str, Program]:
    """Describe one service for each variant."""
    described = {}
    for number, (name, variables) in enumerate(VARIANTS.items()):
        ports = replace(stack.ports, api=Ports.free().api)
        one = Stack(ROOT, folder / f"service-{number}", ports).service()
        instance = {"OTEL_RESOURCE_ATTRIBUTES": f"service.instance.id={name}"}
        environment = {**one.environment, **instance, **variables}
        described[name] = replace(
            one,
            name=f"service {number}",
            environment={name: value for name, value in environment.items() if value},
        )
    return described


def url_of(service: Program) -> str:
    """Give the base URL of a service."""
    return service.ready.removesuffix("/health/ready")


def compare(described: dict[str, Program]) -> Table:
    """Measure each variant against the first, round by round."""
    rates: dict[str, list[float]] = {name: [] for name in described}
    p99: dict[str, list[float]] = {name: [] for name in described}
    for service in described.values():
        asked(url_of(service), CONNECTIONS, ROUND_SECONDS)
    for number in track(range(ROUNDS), "rounds"):
        # The other way round each time, so that none always follows the same.
        order = list(described) if number % 2 == 0 else list(reversed(described))
        for name in order:
            seen = asked(url_of(described[name]), CONNECTIONS, ROUND_SECONDS)
            if seen["failed"]:
                sys.exit(f"{name}: {seen['failed']:.0f} requests failed")
            rates[name].append(seen["requests"] / seen["seconds"])
            p99[name].append(seen["p99_ms"])
    table = Table("telemetry", "requests/s", "ratio to off", "lowest", "highest", "p99 ms")
    for name in described:
        ratios = [mine / off for mine, off in zip(rates[name], rates[OFF], strict=True)]
        table.add_row(
            name,
            f"{median(rates[name]):,.0f}",
            f"{median(ratios):.2f}",
            f"{min(ratios):.2f}",
            f"{max(ratios):.2f}",
            f"{median(p99[name]):.0f}",
        )
    return table


def outage(running: Running, stack: Stack, url: str) -> Table:
    """Kill the collector under load; start it again later."""
    table = Table("collector", "requests", "failed", "p50 ms", "p99 ms", "max ms", "lost meanwhile")
    collector = stack.collector()

    def phase(name: str, seconds: float) -> None:
        before = lost(url)
        seen = asked(url, OUTAGE_CONNECTIONS, seconds)
        gone = {
            labels: value - before.get(labels, 0)
            for labels, value in lost(url).items()
            if value > before.get(labels, 0)
        }
        table.add_row(
            name,
            f"{seen['requests']:,.0f}",
            f"{seen['failed']:.0f}",
            *(f"{seen[f'{what}_ms']:.1f}" for what in ("p50", "p99", "max")),
            "; ".join(f"{labels}: {value:,.0f}" for labels, value in gone.items()) or "nothing",
        )

    phase("up", OUTAGE_SECONDS / 2)
    process = running.process("otel-collector")
    process.kill()
    process.wait()
    phase("killed, away", OUTAGE_SECONDS)
    running.start(collector)
    running.wait_until_ready(collector, tell=lambda _: None)
    phase("up again", OUTAGE_SECONDS / 2)
    return table


def counted(stack: Stack, service_url: str) -> tuple[float, float]:
    """Give what Prometheus and the service itself have counted as predictions."""
    text = httpx.get(f"{service_url}/metrics").text
    own = sum(
        float(value)
        for value in re.findall(r"^model_predictions_total\{.*\} (\S+)", text, re.MULTILINE)
    )
    query = f'sum(model_predictions_total{{instance="{EVERYTHING}"}})'
    deadline = time.monotonic() + 60
    while True:
        answer: dict[str, Any] = httpx.get(
            f"http://localhost:{stack.ports.prometheus}/api/v1/query", params={"query": query}
        ).json()
        result = answer["data"]["result"]
        there = float(result[0]["value"][1]) if result else 0.0
        if there == own or time.monotonic() > deadline:
            return there, own
        time.sleep(1)


def main() -> None:
    """Measure and print."""
    if shutil.which("wrk") is None:
        sys.exit("the load comes from wrk; `make stack-tools` installs it on Debian")
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as cleanup:
        stack = Stack(ROOT, Path(folder), Ports.free())
        stack.prepare()
        running = Running(stack.folder)
        cleanup.enter_context(running.until_the_end())
        observers = [stack.prometheus(), stack.collector()]
        described = services(stack, Path(folder))
        for program in (*observers, *described.values()):
            running.start(program)
            running.wait_until_ready(program, tell=lambda _: None)
        console.print(compare(described))
        everything = url_of(described[EVERYTHING])
        console.print(outage(running, stack, everything))
        there, own = counted(stack, everything)
        console.print(f"predictions in Prometheus {there:,.0f}, answered {own:,.0f}")


if __name__ == "__main__":
    main()
