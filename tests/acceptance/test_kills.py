"""Kill -9 under load: what was answered is in the files, once. `make kills` kills more often."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

import psutil
import pytest
from tests.acceptance.losses import count
from tests.acceptance.questions import Askers
from tests.acceptance.service import children, of_this_folder, running
from tests.waiting import wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.service import Service

VARIABLES: Final = {
    "DEXWATCH_CAPTURE_ROWS_PER_FILE": "50",
    # However slow the disk is, no answer leaves unprotected: that is what is counted here.
    "DEXWATCH_JOURNAL_WAIT_SECONDS": "60",
}


def _victim(service: Service, workers: int) -> psutil.Process:
    """Choose whom to kill: the process that was started, or a worker that has answered."""
    parent = psutil.Process(service.process.pid)
    serving = children(service, "serve-one")
    assert len(serving) == (workers if workers > 1 else 0)
    busy: list[psutil.Process] = []
    wait_for(
        lambda: busy or busy.extend(one for one in serving or [parent] if _has_rows(service, one)),
        what="a process with rows in its journal",
    )
    return random.choice([parent, *busy])  # noqa: S311  # anyone will do


def _has_rows(service: Service, process: psutil.Process) -> bool:
    """Tell whether a process keeps a journal, which is named after it, with rows in it."""
    return any((service.data_dir / "journal").glob(f"*-{process.pid}-*/*.journal"))


def _serving(data_dir: Path) -> list[str]:
    return [words for words in of_this_folder(data_dir) if "serve-one" in words]


def _ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.timeout(900)
@pytest.mark.parametrize("workers", [1, 2])
def test_kills_lose_and_double_nothing(
    data_dir: Path, workers: int, request: pytest.FixtureRequest
) -> None:
    """At random moments under load: each acknowledged prediction is in a file after all, once."""
    kills = request.config.getoption("kills")
    variables = VARIABLES | {"DEXWATCH_WORKERS": str(workers)}
    acknowledged: list[str] = []
    failures: Counter[int | str] = Counter()
    for _ in range(kills):
        with running(data_dir, variables=variables) as service:
            with Askers(service.url) as askers:
                askers.wait_for(100)
                victim = _victim(service, workers)
                time.sleep(random.uniform(0, 1.5))  # noqa: S311  # any moment will do
                assert not _ended(victim)
                victim.kill()
                wait_for(lambda victim=victim: _ended(victim), what="it was killed")
                time.sleep(0.5)
            acknowledged += askers.acknowledged
            failures += askers.statuses
            os.killpg(service.process.pid, signal.SIGKILL)
            service.process.wait()
    # A worker whose parent was killed stops in order; until then its journal is its own.
    wait_for(lambda: not _serving(data_dir), what="the last workers have ended")
    with running(data_dir, variables=variables):
        pass  # recovers while it serves, and flushes when it stops

    trial = count(
        request,
        f"kill -9 of the service or one of its workers, {kills} times, workers: {workers}",
        data_dir,
        answered=acknowledged,
        statuses=failures,
    )
    assert trial.answered >= 100 * kills
    assert not trial.missing
    assert not trial.doubled
    assert not list((data_dir / "journal").glob("*/*.journal"))
    assert not list((data_dir / "journal_set_aside").glob("*.corrupt"))
