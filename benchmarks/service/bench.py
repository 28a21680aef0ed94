"""The services that are compared, with what observes them, all up at once."""

from __future__ import annotations

import resource
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil
from benchmarks.side_by_side import (
    CONNECTIONS,
    Outcome,
    asked,
    in_turn,
    prepared,
    services,
    url_of,
)

from benchmarks import questions
from cli.stack.addresses import Ports
from cli.stack.programs import Program, Stack
from cli.stack.supervise import Running
from config.loopback import HOST, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from benchmarks.questions import Asking

ROOT: Final = Path(__file__).parents[2]

ASGI: Final = "raw ASGI"
BARE: Final = "bare"
OFF: Final = "all off"
CAPTURED: Final = "capture alone"
JOURNALED: Final = "its journal alone"
"""Rows are journaled, and none of them comes into a file."""
MEASURED: Final = "telemetry alone"
OBSERVED: Final = "fully observed"
TWO: Final = "fully observed, 2 workers"
COMPARED: Final = (BARE, OFF, CAPTURED, MEASURED, OBSERVED)
"""With each other, in this order."""

_SILENT: Final = {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": ""}
_UNCAPTURED: Final = {"DEXWATCH_CAPTURE_ENABLED": "false"}
VARIANTS: Final[Mapping[str, Mapping[str, str]]] = {
    OFF: _SILENT | _UNCAPTURED,
    CAPTURED: _SILENT,
    JOURNALED: _SILENT
    | {
        "DEXWATCH_CAPTURE_ROWS_PER_FILE": "1000000",
        "DEXWATCH_CAPTURE_MAX_AGE_SECONDS": "3600",
    },
    MEASURED: _UNCAPTURED,
    OBSERVED: {},
    TWO: {"DEXWATCH_WORKERS": "2"},
}
_FEW: Final = {"DEXWATCH_DATABASE_POOL_SIZE": "1"}
"""The server has connections for five services with pools of the usual size."""
HANDLERS: Final = {ASGI: "asgi", BARE: "litestar"}
WARM_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class Measured:
    """One time of asking, and the processor time that it took."""

    outcome: Outcome
    cpu_us: float
    """Of the service's processes, for each request, in microseconds."""
    wrk_cores: float
    observing_cores: float
    """Of collector and Prometheus."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a serving process has in memory, in MB, and what the one that writes its files has.

    Pages that both map, those of libraries above all, are counted in each.
    """

    service: float
    writer: float

    @property
    def together(self) -> float:
        """The sum."""
        return self.service + self.writer

    def __str__(self) -> str:
        """Show the parts."""
        return f"{self.service:.0f} + {self.writer:.0f}" if self.writer else f"{self.service:.0f}"


SETTLE_LOOKS: Final = 20
LOOK_SECONDS: Final = 0.2
IDLE_CORES: Final = 0.15
"""What all services together take while nobody asks them."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often everything is measured, and for how long each time."""

    rounds: int = 5
    seconds: int = 4


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that is up."""

    folder: Path
    stack: Stack
    programs: Mapping[str, Program]
    processes: Mapping[str, psutil.Process]
    observers: Sequence[psutil.Process]
    memory: Mapping[str, Sequence[Memory]]
    """Of each serving process, at the start."""
    pace: Pace

    def url(self, name: str) -> str:
        """Give where one of them answers."""
        return url_of(self.programs[name])

    def data_dir(self, name: str) -> Path:
        """Give the data folder of a service."""
        return Path(self.programs[name].environment["DEXWATCH_DATA_DIR"])

    def ask(self, name: str, asking: Asking, connections: int, seconds: int) -> Measured:
        """Ask one of them with wrk, once the others have nothing left to do."""
        asked_one = self.processes[name]
        self._settle(asked_one)
        busy, observing = _service_seconds(asked_one), _cpu_seconds(self.observers)
        asking_before = _children_seconds()
        outcome = asked(self.url(name), asking, connections, seconds)
        if not outcome.requests:
            raise RuntimeError(f"{name} answers nothing in {seconds} s: {asking.path}")
        return Measured(
            outcome,
            (_service_seconds(asked_one) - busy) / outcome.requests * 1e6,
            (_children_seconds() - asking_before) / outcome.seconds,
            (_cpu_seconds(self.observers) - observing) / outcome.seconds,
        )

    def _settle(self, asked_one: psutil.Process) -> None:
        """Wait until what the last one was asked is in files, for some seconds at most."""
        others = [process for process in self.processes.values() if process != asked_one]
        for _ in range(SETTLE_LOOKS):
            before = sum(map(_service_seconds, others))
            time.sleep(LOOK_SECONDS)
            if sum(map(_service_seconds, others)) - before < IDLE_CORES * LOOK_SECONDS:
                return

    def compare(
        self, names: Sequence[str], asking: Asking, connections: int = CONNECTIONS
    ) -> dict[str, list[Measured]]:
        """Ask each in turn, round by round."""
        for name in names:
            asked(self.url(name), asking, connections, WARM_SECONDS)
        return in_turn(
            self.pace.rounds,
            {
                name: partial(self.ask, name, asking, connections, self.pace.seconds)
                for name in names
            },
            f"{asking.path}, {connections} connections",
        )

    def capacity(self) -> float:
        """Find out how many requests a second the fully observed service answers."""
        asking = questions.best_move(self.folder)
        asked(self.url(OBSERVED), asking, CONNECTIONS, WARM_SECONDS)
        return asked(self.url(OBSERVED), asking, CONNECTIONS, 4).rate


@contextmanager
def running_bench(
    folder: Path, pace: Pace, names: Iterable[str] = (*HANDLERS, *VARIANTS)
) -> Iterator[Bench]:
    """Start what is named, with collector and Prometheus, until the block ends."""
    names = list(names)
    stack = Stack(ROOT, folder, Ports.free())
    stack.folder.mkdir(parents=True)
    running = Running(stack.folder)
    with ExitStack() as cleanup:
        database_url = cleanup.enter_context(prepared(stack))
        cleanup.enter_context(running.until_the_end())
        described = services(
            stack,
            database_url,
            {name: {**VARIANTS[name], **_FEW} for name in names if name in VARIANTS},
        )
        # Prometheus reads the metrics of the fully observed service, like everybody's.
        ports = replace(stack.ports, api=int(url_of(described[OBSERVED]).rpartition(":")[2]))
        stack = replace(stack, ports=ports)
        stack.prepare()
        observers = (stack.prometheus(), stack.collector())
        handlers = {name: _handler(kind) for name, kind in HANDLERS.items() if name in names}
        programs = {**handlers, **described}
        started = [running.start(program) for program in (*observers, *programs.values())]
        running.wait_until_ready(*observers, *programs.values(), tell=lambda _: None)
        processes = [psutil.Process(process.pid) for process in started]
        by_name = dict(zip(programs, processes[len(observers) :], strict=True))
        memory = {name: memory_of(process) for name, process in by_name.items()}
        yield Bench(folder, stack, programs, by_name, processes[: len(observers)], memory, pace)


def serving(process: psutil.Process) -> list[psutil.Process]:
    """Give a service's own processes, without its database."""
    return [
        one
        for one in (process, *process.children(recursive=True))
        if _command(one)[:1] == [sys.executable]
    ]


def _command(process: psutil.Process) -> list[str]:
    """Give its command line; of one that is ending, none."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:  # or a zombie, which is one for psutil
        return []


def memory_of(process: psutil.Process) -> list[Memory]:
    """Give the resident memory of each process that answers, and of its writer."""
    processes = serving(process)
    # Of several workers the first process only watches the others.
    answering = [one for one in processes if "serve-one" in _command(one)] or processes[:1]
    return [
        Memory(
            _rss_mb(one),
            sum(_rss_mb(child) for child in one.children() if "capture.writing" in _command(child)),
        )
        for one in answering
    ]


def _rss_mb(process: psutil.Process) -> float:
    return float(process.memory_info().rss / 1e6)


def _handler(kind: str) -> Program:
    url = f"http://{HOST}:{(port := free_ports(1)[0])}"
    command = (sys.executable, "-m", "benchmarks.service.bare", str(port), kind)
    return Program(kind, command, f"{url}/health/ready", url, folder=ROOT)


def _service_seconds(process: psutil.Process) -> float:
    """Give the processor time of a service, with that of writers that others have replaced."""
    return sum(sum(one.cpu_times()[:4]) for one in serving(process))


def _cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def _children_seconds() -> float:
    """Give the processor time of children that have ended: wrk's."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
