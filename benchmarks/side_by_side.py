"""Services that differ in one thing, all up at once and asked in turn.

A busy machine slows all of them; the ratios are what to look at.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final, Self, TypeVar

import msgspec
from rich.progress import track
from rich.table import Table

from cli.stack.programs import Program, Stack
from cli.stack.supervise import Running
from config.loopback import free_ports
from storage.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from benchmarks.questions import Asking


CONNECTIONS: Final = 32
ROUNDS: Final = 7
ROUND_SECONDS: Final = 6
SERVE: Final = (sys.executable, "-m", "cli", "serve")
"""Without the worker that `run` starts beside it, which would be seen in the numbers at times."""
_PREPARED: Final = "prepared"
_POSTGRES: Final = "postgres"
_SCRIPT: Final = Path(__file__).with_name("ask.lua")

Measured = TypeVar("Measured")


class Outcome(msgspec.Struct, frozen=True):
    """What wrk saw; latencies in milliseconds."""

    requests: int
    seconds: float
    failed: int
    p50: float
    p99: float
    p999: float
    highest: float

    @property
    def rate(self) -> float:
        """Requests a second that did not fail."""
        return (self.requests - self.failed) / self.seconds


class Spread(msgspec.Struct, frozen=True):
    """A value that was measured several times."""

    middle: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """Take the median and the ends."""
        values = list(values)
        return cls(median(values), min(values), max(values))

    @classmethod
    def of_ratios(cls, values: Iterable[float], bases: Iterable[float]) -> Self:
        """Compare round by round."""
        return cls.of([value / base for value, base in zip(values, bases, strict=True)])


def require_wrk() -> None:
    """End here when the program that asks is not on the machine."""
    if shutil.which("wrk") is None:
        sys.exit("the load comes from wrk; `make stack-tools` installs it on Debian")


def asked(url: str, asking: Asking, connections: int, seconds: int) -> Outcome:
    """Ask again and again, each connection as soon as it is answered; give what wrk saw."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout=10s"]
    if asking.header is not None:
        command += ["-H", asking.header]
    command += ["-s", str(_SCRIPT), f"{url}{asking.path}"]
    if asking.bodies is not None:
        command += ["--", str(asking.bodies)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603  # our own command line
    if done.returncode:
        raise RuntimeError(f"wrk, asking {url}{asking.path}: {done.stdout}{done.stderr}")
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Outcome)


def in_turn(
    rounds: int, measured: Mapping[str, Callable[[], Measured]], what: str = "rounds"
) -> dict[str, list[Measured]]:
    """Measure each in each round.

    The other way round each time, so that none always follows the same.
    """
    found: dict[str, list[Measured]] = {name: [] for name in measured}
    for number in track(range(rounds), what):
        for name in measured if number % 2 == 0 else reversed(list(measured)):
            found[name].append(measured[name]())
    return found


@contextmanager
def prepared(stack: Stack) -> Iterator[str]:
    """Have a service prepare a data folder, and run its database for those that begin with it.

    Gives the URL of the database.
    """
    folder = stack.data_dir / _PREPARED
    preparing = replace(Stack(stack.root, folder, stack.ports).service(), name="preparing")
    running = Running(stack.folder)
    with running.until_the_end():
        running.start(preparing)
        running.wait_until_ready(preparing, tell=lambda _: None)
    with EmbeddedPostgres(folder / _POSTGRES).started() as urls:
        yield urls.service


def services(
    stack: Stack, database_url: str, variants: Mapping[str, Mapping[str, str]]
) -> dict[str, Program]:
    """Describe one service for each variant, each on a copy of what was prepared.

    A variable that is empty is not set.
    """
    described = {}
    ports = free_ports(len(variants))
    for number, (name, variables) in enumerate(variants.items()):
        folder = stack.data_dir / f"service-{number}"
        ignored = shutil.ignore_patterns(_POSTGRES)
        shutil.copytree(stack.data_dir / _PREPARED, folder, symlinks=True, ignore=ignored)
        one = Stack(stack.root, folder, replace(stack.ports, api=ports[number])).service()
        own = {
            "DEXWATCH_DATABASE_URL": database_url,
            "OTEL_RESOURCE_ATTRIBUTES": f"service.instance.id={name}",
        }
        environment = {**one.environment, **own, **variables}
        described[name] = replace(
            one,
            name=f"service {number}",
            command=SERVE,
            environment={name: value for name, value in environment.items() if value},
        )
    return described


def url_of(service: Program) -> str:
    """Give the base URL of a service."""
    return service.ready.removesuffix("/health/ready")


def compare(what: str, described: Mapping[str, Program], asking: Asking) -> Table:
    """Measure each variant against the first, round by round."""
    baseline = next(iter(described))
    for service in described.values():
        asked(url_of(service), asking, CONNECTIONS, ROUND_SECONDS)

    def measure(name: str) -> Outcome:
        outcome = asked(url_of(described[name]), asking, CONNECTIONS, ROUND_SECONDS)
        if outcome.failed:
            sys.exit(f"{name}: {outcome.failed} requests failed")
        return outcome

    seen = in_turn(ROUNDS, {name: partial(measure, name) for name in described})
    rates = {name: [outcome.rate for outcome in outcomes] for name, outcomes in seen.items()}
    table = Table(what, "requests/s", f"ratio to {baseline}", "lowest", "highest", "p99 ms")
    for name, outcomes in seen.items():
        ratio = Spread.of_ratios(rates[name], rates[baseline])
        table.add_row(
            name,
            f"{median(rates[name]):,.0f}",
            f"{ratio.middle:.2f}",
            f"{ratio.lowest:.2f}",
            f"{ratio.highest:.2f}",
            f"{median(outcome.p99 for outcome in outcomes):.0f}",
        )
    return table
