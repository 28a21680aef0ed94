"""Load tests: ``make load``, ``make load-web``, ``make soak``.

Locust is a process of its own, so that its patched sockets stay its own, and so that its processor
time can be told from the service's.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.acceptance.service import ROOT, running
from tests.load.memory import MemoryWatch
from tests.load.shapes import SHAPES
from tests.load.thresholds import FAILURES, SLOPE_MB_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.service import Service

USER_RATE: Final = 5.0
"""Requests a second of one user at most, as tests/load/users.py paces it."""
PROBE_USERS: Final = 16
"""Of the first probe; each further one has half as many more."""
PROBE_SECONDS: Final = 10.0
CARRIED: Final = 0.95
"""Share of the requests that are due: a service that answers fewer has fallen behind."""
SOAK_MINUTES: Final = 30.0
WARM_SHARE: Final = 1 / 3
"""Of a soak: caches fill and all is done for a first time, so its memory does not count."""
SAMPLE_SECONDS: Final = 2.0


def main() -> int:
    """Run what the command line asks for; give its exit code."""
    parser = argparse.ArgumentParser(prog="tests.load", description=__doc__)
    parser.add_argument("--host", help="a service that runs already; without one it is started")
    parser.add_argument("--web", action="store_true", help="Locust's page on http://localhost:8089")
    parser.add_argument("--shape", choices=[*SHAPES], default="steady")
    parser.add_argument("--soak", action="store_true", help="half of the capacity, and memory")
    parser.add_argument("--minutes", type=float, default=SOAK_MINUTES, help="of the soak")
    parser.add_argument(
        "--users", type=int, help="of the soak; half of what is carried if not given"
    )
    asked, more = parser.parse_known_args()
    # What was started ends with us: an exit, unlike the signal, unwinds to where that is done.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if asked.soak:
        with _own() as service:
            users = asked.users or half_capacity(service)
            return soaked(service, users, asked.minutes, *more)
    options = ["--load-shape", asked.shape, *more]
    options += ["--web-host", "127.0.0.1"] if asked.web else ["--headless"]
    if asked.host:
        return locust(asked.host, *options)
    with _own() as service:
        return locust(service.url, *options, data_dir=service.data_dir)


def locust(url: str, *options: str, data_dir: Path | None = None) -> int:
    """Run Locust to its end; give its exit code."""
    command = (
        *(sys.executable, "-m", "locust", "-f", str(ROOT / "tests" / "load" / "locustfile.py")),
        *("--host", url, "--only-summary", "--loglevel", "WARNING", *options),
    )
    variables = {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src")))}
    if data_dir is not None:
        variables["DEXWATCH_DATA_DIR"] = str(data_dir)
    return subprocess.run(command, env=os.environ | variables, check=False).returncode  # our own


def soaked(service: Service, users: int, minutes: float, *options: str) -> int:
    """Have so many users ask, and see whether memory grows."""
    seconds = 60 * minutes
    print(f"{users} users for {minutes:g} minutes", flush=True)
    with MemoryWatch(service.process.pid, SAMPLE_SECONDS) as memory:
        code = locust(
            service.url,
            *("--headless", "--load-shape", "soak", "--peak", str(users)),
            *("--seconds", str(seconds), *options),
            data_dir=service.data_dir,
        )
    print(f"\nmemory of each process beside files, after {seconds * WARM_SHARE / 60:.1f} minutes")
    for name, size, line in memory.slopes(seconds * WARM_SHARE):
        grew = bool(line.mb_per_hour > SLOPE_MB_PER_HOUR)
        code |= grew
        print(
            f"{'BROKEN' if grew else 'ok':8}{size:7.1f} MB {line.mb_per_hour:+8.1f} MB/h "
            f"[{line.low:+.1f}, {line.high:+.1f}]  {name}"
        )
    print(f"at most {SLOPE_MB_PER_HOUR:g} MB/h may be gained")
    return code


def half_capacity(service: Service) -> int:
    """Give half of the users that the service carries, in the mix that the soak has."""
    carried, users = 0, PROBE_USERS
    while _carries(service, users):
        carried, users = users, users * 3 // 2
    if not carried:
        sys.exit(f"not even {PROBE_USERS} users are carried")
    return carried // 2


def _carries(service: Service, users: int) -> bool:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        locust(
            service.url,
            *("--headless", "--calm", "0", "--peak", str(users)),
            *("--seconds", str(PROBE_SECONDS), "--result", file.name),
            data_dir=service.data_dir,
        )
        result: dict[str, Any] = json.loads(Path(file.name).read_text(encoding="utf-8"))
    answered, due = result["rate"], users * USER_RATE
    refused = [
        name
        for name, measured in result["scenarios"].items()
        if measured["failures"] > max(1, FAILURES * measured["requests"])
    ]
    print(
        f"{users} users: {answered:.0f} of {due:.0f} requests/s answered; "
        f"fails too often: {', '.join(refused) or 'nobody'}; "
        f"the generator took {result['generator_cores']:.2f} of a core",
        flush=True,
    )
    return answered >= CARRIED * due and not refused


@contextmanager
def _own() -> Iterator[Service]:
    """Start a service with a data folder that nobody else's predictions are in."""
    with tempfile.TemporaryDirectory(prefix="dexwatch-load-") as folder:
        print("starting a service of its own", flush=True)
        # The first start in a new checkout compiles for a minute, or for two beside other work.
        subprocess.run([sys.executable, "-m", "cli", "compile"], check=True)
        with running(Path(folder) / "data") as service:
            yield service


if __name__ == "__main__":
    sys.exit(main())
