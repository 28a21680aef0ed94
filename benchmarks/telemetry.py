"""What an outage of the collector costs: `make bench-telemetry`.

Prometheus, the collector and wrk share the cores with the service. `make bench` has what telemetry
costs while all is well.
"""

from __future__ import annotations

import re
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
from benchmarks.side_by_side import asked, prepared, require_wrk, services, url_of
from rich.console import Console
from rich.table import Table

from benchmarks import questions
from cli.stack.addresses import Ports
from cli.stack.programs import Stack
from cli.stack.supervise import Running

if TYPE_CHECKING:
    from benchmarks.questions import Asking

ROOT: Final = Path(__file__).parents[1]
CONNECTIONS: Final = 4
OUTAGE_SECONDS: Final = 120
SERVICE: Final = "observed"


def lost(url: str) -> dict[str, float]:
    """Read what the service counts as lost, by signal and reason."""
    text = httpx.get(f"{url}/metrics").raise_for_status().text
    found = re.findall(r"^telemetry_lost_total\{(.*?)\} (\S+)", text, re.MULTILINE)
    return {labels: float(value) for labels, value in found}


def outage(running: Running, stack: Stack, url: str, asking: Asking) -> Table:
    """Kill the collector under load; start it again later."""
    table = Table("collector", "requests", "failed", "p50 ms", "p99 ms", "max ms", "lost meanwhile")
    collector = stack.collector()

    def phase(name: str, seconds: int) -> None:
        before = lost(url)
        seen = asked(url, asking, CONNECTIONS, seconds)
        gone = {
            labels: value - before.get(labels, 0)
            for labels, value in lost(url).items()
            if value > before.get(labels, 0)
        }
        table.add_row(
            name,
            f"{seen.requests:,}",
            f"{seen.failed}",
            *(f"{latency:.1f}" for latency in (seen.p50, seen.p99, seen.highest)),
            "; ".join(f"{labels}: {value:,.0f}" for labels, value in gone.items()) or "nothing",
        )

    phase("up", OUTAGE_SECONDS // 2)
    process = running.process("otel-collector")
    process.kill()
    process.wait()
    phase("killed, away", OUTAGE_SECONDS)
    running.start(collector)
    running.wait_until_ready(collector, tell=lambda _: None)
    phase("up again", OUTAGE_SECONDS // 2)
    return table


def counted(stack: Stack, service_url: str) -> tuple[float, float]:
    """Give what Prometheus and the service itself have counted as predictions."""
    text = httpx.get(f"{service_url}/metrics").text
    own = sum(
        float(value)
        for value in re.findall(r"^model_predictions_total\{.*\} (\S+)", text, re.MULTILINE)
    )
    query = f'sum(model_predictions_total{{instance="{SERVICE}"}})'
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
    require_wrk()
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as cleanup:
        stack = Stack(ROOT, Path(folder), Ports.free())
        stack.prepare()
        asking = questions.best_move(Path(folder))
        database_url = cleanup.enter_context(prepared(stack))
        running = Running(stack.folder)
        cleanup.enter_context(running.until_the_end())
        service = services(stack, database_url, {SERVICE: {}})[SERVICE]
        for program in (stack.prometheus(), stack.collector(), service):
            running.start(program)
            running.wait_until_ready(program, tell=lambda _: None)
        url = url_of(service)
        console.print(outage(running, stack, url, asking))
        there, own = counted(stack, url)
        console.print(f"predictions in Prometheus {there:,.0f}, answered {own:,.0f}")


if __name__ == "__main__":
    main()
