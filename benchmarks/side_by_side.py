"""Services that differ in one thing, all up at once and asked in turn.

A busy machine slows all of them; the ratios are what to look at.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from rich.progress import track
from rich.table import Table

from cli.stack.addresses import Ports
from cli.stack.programs import Program, Stack

if TYPE_CHECKING:
    from collections.abc import Mapping

QUESTION: Final = Path(__file__).with_name("best_move.lua")
CONNECTIONS: Final = 32
ROUNDS: Final = 7
ROUND_SECONDS: Final = 6


def require_wrk() -> None:
    """End here when the program that asks is not on the machine."""
    if shutil.which("wrk") is None:
        sys.exit("the load comes from wrk; `make stack-tools` installs it on Debian")


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


def services(
    stack: Stack, folder: Path, variants: Mapping[str, Mapping[str, str]]
) -> dict[str, Program]:
    """Describe one service for each variant; a variable that is empty is not set."""
    described = {}
    for number, (name, variables) in enumerate(variants.items()):
        ports = replace(stack.ports, api=Ports.free().api)
        one = Stack(stack.root, folder / f"service-{number}", ports).service()
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


def compare(what: str, described: Mapping[str, Program]) -> Table:
    """Measure each variant against the first, round by round."""
    baseline = next(iter(described))
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
    table = Table(what, "requests/s", f"ratio to {baseline}", "lowest", "highest", "p99 ms")
    for name in described:
        ratios = [mine / base for mine, base in zip(rates[name], rates[baseline], strict=True)]
        table.add_row(
            name,
            f"{median(rates[name]):,.0f}",
            f"{median(ratios):.2f}",
            f"{min(ratios):.2f}",
            f"{max(ratios):.2f}",
            f"{median(p99[name]):.0f}",
        )
    return table
