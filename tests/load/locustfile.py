"""What Locust runs: ``locust -f tests/load/locustfile.py``, or better ``make load``."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psutil
from locust import LoadTestShape, events
from locust.stats import RequestStats
from tests.load import shapes, thresholds
from tests.load.users import CALM_USERS, BatchClient, Browser, Hostile, Player

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from locust.contrib.fasthttp import FastResponse
    from locust.env import Environment
    from tests.load.thresholds import Measured

__all__ = ["BatchClient", "Browser", "Hostile", "Load", "Player"]

_TOLD: Final = 10
"""Failures whose traces are printed."""
_log: Final = logging.getLogger(__name__)


class Recorder:
    """Counts by scenario, first while it is calm and then under load."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.calm: dict[str, Measured] = {}
        self.failed = 0
        self.grafana = ""
        self.begin()

    def begin(self) -> None:
        """Count from here."""
        self._stats = RequestStats()
        self._began = time.perf_counter()
        self._cpu = _cpu_seconds()

    def end_calm(self) -> None:
        """Keep what was counted as the calm, and count anew."""
        self.calm = self.measured()
        self.begin()

    def add(self, scenario: str, milliseconds: float, *, failed: bool) -> None:
        """Count a request."""
        self._stats.log_request("", scenario, round(milliseconds), 0)
        if failed:
            self._stats.log_error("", scenario, "")

    def measured(self) -> dict[str, Measured]:
        """Give what each scenario has met."""
        return {
            name: thresholds.Measured(
                entry.num_requests,
                entry.num_failures,
                *(entry.get_response_time_percentile(share) for share in (0.5, 0.95, 0.99)),
            )
            for (name, _), entry in self._stats.entries.items()
        }

    def rate(self) -> float:
        """Give the requests a second that did not fail."""
        total = self._stats.total
        seconds = time.perf_counter() - self._began
        return float(total.num_requests - total.num_failures) / seconds

    def generator_cores(self) -> float:
        """Give how much of one core the generator has taken."""
        return (_cpu_seconds() - self._cpu) / (time.perf_counter() - self._began)


class Load(LoadTestShape):
    """A calm that latencies are compared with, then the shape that was asked for."""

    def tick(self) -> tuple[int, float] | None:
        """Give how many users there should be, and how many may come a second."""
        asked = self.runner.environment.parsed_options
        elapsed = self.get_run_time() - asked.calm
        if elapsed < 0:
            return CALM_USERS, CALM_USERS
        if asked.calm and not _recorder.calm:
            _recorder.end_calm()
        share = elapsed / asked.seconds
        if share >= 1:
            return None
        return shapes.users(asked.load_shape, share, asked.peak), asked.peak


def _cpu_seconds() -> float:
    times = psutil.Process().cpu_times()
    return times.user + times.system


_recorder: Final = Recorder()


@events.init_command_line_parser.add_listener
def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--load-shape", choices=list(shapes.SHAPES), default="steady")
    parser.add_argument("--peak", type=int, default=40, help="users, of 5 requests a second each")
    parser.add_argument("--seconds", type=float, default=30.0, help="after the calm")
    parser.add_argument("--calm", type=float, default=8.0, help="seconds with a handful of users")
    parser.add_argument("--tightened", type=float, default=1.0, help="divides the latency limits")
    parser.add_argument("--grafana", default="http://localhost:3000", help="where traces are shown")
    parser.add_argument("--result", default="", help="a file for the outcome, as JSON")


@events.test_start.add_listener
def _begin(environment: Environment, **_: Any) -> None:
    _recorder.grafana = environment.parsed_options.grafana
    _recorder.calm = {}
    _recorder.failed = 0
    _recorder.begin()


@events.test_stop.add_listener
def _judge(environment: Environment, **_: Any) -> None:
    asked = environment.parsed_options
    loaded, cores, rate = _recorder.measured(), _recorder.generator_cores(), _recorder.rate()
    print(
        f"\n{'scenario':10}{'requests':>10}{'failed':>8}{'calm p50':>10}"
        f"{'p50':>7}{'p95':>7}{'p99':>7}  ms"
    )
    for name, now in sorted(loaded.items()):
        before = _recorder.calm.get(name)
        print(
            f"{name:10}{now.requests:10,}{now.failures:8,}"
            f"{before.p50_ms if before else '-':>10}{now.p50_ms:7}{now.p95_ms:7}{now.p99_ms:7}"
        )
    print(f"{rate:.0f} requests/s answered; the generator took {cores:.2f} of a core")
    broken = list(thresholds.broken(_recorder.calm, loaded, asked.tightened))
    if asked.calm and not _recorder.calm:
        broken.append("ended before the calm did")
    if asked.calm and cores > thresholds.GENERATOR_CORES:
        broken.append(f"the generator saturates: {cores:.2f} of a core")
    for one in broken:
        print(f"BROKEN  {one}")
    if not broken and asked.calm:
        print("all thresholds hold")
    environment.process_exit_code = 1 if broken else 0
    if asked.result:
        result = {"rate": rate, "generator_cores": cores, "broken": broken, "scenarios": loaded}
        Path(asked.result).write_bytes(msgspec.json.encode(result))


@events.request.add_listener
def _count(
    response_time: float,
    response: FastResponse,
    exception: BaseException | None,
    context: dict[str, Any],
    **_: Any,
) -> None:
    _recorder.add(context["scenario"], response_time, failed=exception is not None)
    if exception is None:
        return
    _recorder.failed += 1
    if _recorder.failed <= _TOLD:
        _log.warning(
            "%s failed: %s; %s",
            context["scenario"],
            exception,
            context["trace"].told(
                response.status_code, response.headers, response_time, _recorder.grafana
            ),
        )
