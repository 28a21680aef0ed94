"""The built collector and Prometheus, run as the local stack runs them, ended in any way."""

from __future__ import annotations

import math
import os
import re
import signal
import subprocess
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Self

import httpx
from tests import patient
from tests.programs import ROOT, program, wait_until_ready

from cli.stack.addresses import Ports
from cli.stack.programs import Backends, Program, Stack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from google.protobuf.message import Message

WAIT_SECONDS: Final = 60.0
STOP_SECONDS: Final = 30.0


@dataclass
class Daemon:
    """A program that can be ended, killed, held and started again."""

    described: Program
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, if it still runs."""
        self.stop()

    def start(self) -> None:
        """Start, and wait until it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # our own command lines
                self.described.command,
                env={**os.environ, **self.described.environment},
                cwd=self.described.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until_ready(self.process, self.described.ready, self.log)
        except BaseException:
            self.kill()
            raise

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self) -> None:
        """End it in order."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self.process = None

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@dataclass
class Collector(Daemon):
    """The collector, and what is sent to it and read from it."""

    url: str = ""
    own_metrics: str = ""

    def post(self, signal_name: str, request: Message) -> int:
        """Send over OTLP; 200 says that it is acknowledged."""
        return httpx.post(
            f"{self.url}/v1/{signal_name}",
            content=request.SerializeToString(),
            headers={"content-type": "application/x-protobuf"},
            timeout=WAIT_SECONDS,
        ).status_code

    def metric(self, name: str, **labels: str) -> float:
        """Add up the series of one of the collector's own metrics that have these labels."""
        return sum(self._values(name, labels))

    def queued(self, exporter: str) -> float:
        """Say how many batches wait for an exporter."""
        (size,) = self._values("otelcol_exporter_queue_size", {"exporter": exporter}) or [math.inf]
        return size

    def _values(self, name: str, labels: Mapping[str, str]) -> list[float]:
        found = []
        for line in patient.get(self.own_metrics).text.splitlines():
            series = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if series is None or series[1] != name:
                continue
            given = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', series[2] or ""))
            if labels.items() <= given.items():
                found.append(float(series[3]))
        return found


@dataclass
class Observed:
    """A folder with the collector and Prometheus of one local stack, none of them started."""

    folder: Path
    tempo: str
    loki: str
    decision_wait: str = "1s"
    overlays: tuple[str, ...] = ()
    stack: Stack = field(init=False)

    def __post_init__(self) -> None:
        self.stack = Stack(ROOT, self.folder, Ports.free(), Backends(self.tempo, self.loki))
        self.stack.prepare()

    def collector(self) -> Collector:
        """Describe the collector, with overlays in YAML after the committed configuration."""
        program("otelcol-dexwatch")
        described = self.stack.collector()
        described = replace(
            described,
            command=(*described.command, *(f"--config=yaml:{text}" for text in self.overlays)),
            environment={**described.environment, "OTELCOL_DECISION_WAIT": self.decision_wait},
        )
        return Collector(
            described,
            self.folder / "collector.log",
            url=f"http://127.0.0.1:{self.stack.ports.otlp_http}",
            own_metrics=f"http://127.0.0.1:{self.stack.ports.collector_metrics}/metrics",
        )

    def prometheus(self) -> Daemon:
        """Describe Prometheus."""
        program("prometheus")
        return Daemon(self.stack.prometheus(), self.folder / "prometheus.log")
