"""Ten thousand requests that no honest client sends, and clients that keep it waiting."""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import sys
import threading
import time
from collections import Counter, defaultdict
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from socket import create_connection, socket
from typing import TYPE_CHECKING, Final

import httpx
import psutil
import pytest
from tests import patient
from tests.acceptance import hostile
from tests.acceptance.seen import Crowd, Served, Siege, note
from tests.acceptance.service import copied, running
from tests.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.service import Service

WARM_UP: Final = 2_000
"""Requests of every kind, after which each kind of refusal has its series."""
MANY: Final = 10_000
"""Other ones, that are then counted."""
WRITTEN: Final = (
    *("capture_write_duration_seconds_count", 'db_operation_name="INSERT"'),
    *("drift_report_age_seconds", "drift_feature_psi"),
)
"""Series that begin some time after the start or the predictions that they are about, whoever
asked: of their file, of what the database keeps of a window of them, and of a report that has
seen enough of them to compare."""
AT_ONCE: Final = 32
CROWD: Final = 300
"""Connections of each kind that keep the service waiting."""
WAITED_SECONDS: Final = 10.0
MOST_GROWTH_MB: Final = 25.0
QUESTION: Final = {"pokemon_a_id": 1, "pokemon_b_id": 25, "available_moves": ["Surf", "Ice Beam"]}
_STATUS: Final = re.compile(rb"HTTP/1\.1 (\d{3})")


@dataclass
class Answers:
    """What came back."""

    kinds: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """How many were sent of each, and what they got."""
    failures: list[bytes] = field(default_factory=list)

    def add(self, kind: str, answer: bytes) -> None:
        """Note the statuses of an answer; none where the connection was closed without a word."""
        found = [int(status) for status in _STATUS.findall(answer)]
        statuses = [f"{status // 100}xx" for status in found]
        self.kinds[kind].update(["sent", *(statuses or ["no answer"])])
        if any(status >= 500 for status in found) or b"Traceback" in answer:
            self.failures.append(f"{kind}: ".encode() + answer[:500])
        head = answer.partition(b"\r\n\r\n")[0].lower()
        if b"\nx-injected" in head or f"\n{hostile.MARK}".encode() in head:
            self.failures.append(f"{kind}: ".encode() + answer[:500])


async def _send(port: int, seed: int, count: int, answers: Answers) -> None:
    """Send, some at once, each on a connection of its own, and note what comes."""
    rest = iter(hostile.requests(seed, count))

    async def client() -> None:
        for kind, parts in rest:
            answers.add(kind, await _ask(port, parts))

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))


async def _ask(port: int, parts: list[bytes]) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    try:
        for part in parts:
            writer.write(part)
        async with asyncio.timeout(0.3):
            await writer.drain()
            # Whoever sends half a request is answered with nothing, and we wait no longer for it.
            while chunk := await reader.read(65536):
                answer += chunk
                if b"\r\n\r\n" in answer:
                    break
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.transport.abort()
    return answer


class Honest:
    """Somebody who only wants to know which move to use, all the time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.seconds: list[float] = []
        self.statuses: Counter[int] = Counter()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask until the block ends."""
        done = threading.Event()

        def ask() -> None:
            while not done.wait(0.02):
                # A new client each time: it is new connections that a crowd would keep out.
                began = time.monotonic()
                answer = httpx.post(f"{self._url}/predict/best-move", json=QUESTION, timeout=20)
                self.seconds.append(time.monotonic() - began)
                self.statuses[answer.status_code] += 1

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            yield
        finally:
            done.set()
            asking.join()

    def served(self) -> Served:
        """Sum up what the answers were like."""
        return Served(
            asked=self.statuses.total(),
            failed=self.statuses.total() - self.statuses[200],
            p99_ms=1000 * statistics.quantiles(self.seconds, n=100)[98],
        )


def _series(url: str) -> set[str]:
    """Name every series of /metrics."""
    rows = patient.get(f"{url}/metrics").text.splitlines()
    return {row.rpartition(" ")[0] for row in rows if not row.startswith("#")}


def _until_written(service: Service) -> None:
    """Ask honestly for all that can be, predictions for a file, and wait until it is measured."""
    for path, body in (
        ("best-move", QUESTION),
        ("explain", QUESTION),
        ("best-move/batch", {"predictions": [QUESTION] * 300}),
    ):
        answer = httpx.post(f"{service.url}/predict/{path}", json=body, timeout=20)
        answer.raise_for_status()

    def written() -> bool:
        metrics = patient.get(f"{service.url}/metrics").text
        return all(part in metrics for part in WRITTEN)

    wait_for(written, 60)


def _megabytes(service: Service) -> float:
    return float(psutil.Process(service.process.pid).memory_info().rss) / 1e6


@pytest.fixture(scope="module")
def besieged(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run a service for these tests alone, with short deadlines for clients."""
    data_dir = copied(prepared, tmp_path_factory.mktemp("besieged"))
    variables = {f"DEXWATCH_{what}_SECONDS": "3" for what in ("HEAD", "BODY", "IDLE")}
    variables["DEXWATCH_DRIFT_EVERY_SECONDS"] = "5"
    with running(data_dir, variables=variables) as service:
        yield service


@pytest.mark.timeout(300)
def test_ten_thousand_hostile_requests_do_no_harm(
    besieged: Service, request: pytest.FixtureRequest
) -> None:
    """No 5xx, nothing injected, no growth of memory or series; an honest client is served."""
    port = int(besieged.url.rpartition(":")[2])
    honest, at_first, answers = Honest(besieged.url), Answers(), Answers()
    _until_written(besieged)
    # What the first hostile requests take counts as well.
    before = _megabytes(besieged)
    asyncio.run(_send(port, 0, WARM_UP, at_first))
    series = _series(besieged.url)
    began = time.monotonic()
    with honest.asking():
        asyncio.run(_send(port, 1, MANY, answers))
    took = time.monotonic() - began
    in_the_end, after = _series(besieged.url), _megabytes(besieged)
    siege = Siege(
        day=datetime.now(UTC).date(),
        seconds=took,
        kinds={kind.__name__: dict(answers.kinds[kind.__name__]) for kind in hostile.KINDS},
        series=(len(series), len(in_the_end)),
        megabytes=(before, after),
        honest=honest.served(),
    )
    sys.stdout.write(siege.text())
    failures = at_first.failures + answers.failures
    assert not failures, failures[:5]
    assert sum(found["4xx"] for found in answers.kinds.values()) > MANY / 2
    assert siege.honest.failed == 0
    assert siege.honest.p99_ms < 5000
    assert in_the_end - series == set()
    assert after - before < MOST_GROWTH_MB
    _look_at_the_log(besieged)
    if request.config.getoption("record"):
        note(siege=siege)


def _look_at_the_log(service: Service) -> None:
    """Every line is one of ours, whole: nothing was slipped in, and no key was written down."""
    log = service.log()
    assert hostile.KEY not in log
    assert "Traceback" not in log
    lines = [line for line in log.splitlines() if line.startswith("{")]
    assert lines
    for line in lines:
        entry = json.loads(line)
        assert set(entry) >= {"timestamp", "level", "logger", "message"}
        assert entry["message"] != hostile.MARK
        assert entry["level"] != "ERROR", line
    assert not [line for line in log.splitlines() if line.startswith(hostile.MARK)]
    # What is no HTTP is counted, not told.
    assert "Invalid HTTP" not in log


@pytest.mark.timeout(120)
def test_the_slow_do_not_starve_others(besieged: Service, request: pytest.FixtureRequest) -> None:
    """Beside a thousand that say nothing, a little or half, and never read, others are served."""
    port = int(besieged.url.rpartition(":")[2])
    honest = Honest(besieged.url)
    body = b"POST /predict/best-move HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"
    unread = b"GET /types HTTP/1.1\r\nHost: a\r\n\r\n"
    with ExitStack() as stack:
        crowd = [
            (stack.enter_context(create_connection(("127.0.0.1", port), timeout=10)), kind)
            for _ in range(CROWD)
            for kind in (b"", b"GET / HTTP/1.1\r\nX: ", body, unread)
        ]
        for connection, kind in crowd:
            connection.sendall(kind)
        open_at_first = _connections(besieged)
        with honest.asking():
            until = time.monotonic() + WAITED_SECONDS
            while time.monotonic() < until:
                for connection, _ in crowd[::4]:
                    _drip(connection)
                time.sleep(0.25)
        seen = Crowd(
            day=datetime.now(UTC).date(),
            opened=len(crowd),
            at_first=open_at_first,
            seconds=WAITED_SECONDS,
            after=_connections(besieged),
            honest=honest.served(),
        )
    sys.stdout.write(seen.text())
    assert seen.at_first > 2 * CROWD
    assert seen.after < 20
    assert seen.honest.failed == 0
    assert seen.honest.p99_ms < 3000
    if request.config.getoption("record"):
        note(crowd=seen)


def _drip(connection: socket) -> None:
    """Say a little, as long as somebody listens."""
    with suppress(OSError):
        connection.send(b"x")


def _connections(service: Service) -> int:
    found = re.search(
        r"^api_connections (\S+)$", patient.get(f"{service.url}/metrics").text, re.MULTILINE
    )
    assert found is not None
    return int(float(found[1]))
