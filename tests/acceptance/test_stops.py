"""SIGTERM under load: requests finish, rows reach their files, and it does not take long."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest
from tests.acceptance.questions import Askers
from tests.acceptance.service import free_port, running
from tests.acceptance.test_kills import captured

if TYPE_CHECKING:
    from pathlib import Path

MOST_SECONDS = 10.0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stop_under_load_loses_nothing(data_dir: Path, workers: int) -> None:
    """No request fails but those that find nobody there; every answered one is in a file.

    Though the collector that telemetry goes to is dead.
    """
    variables = {
        "DEXWATCH_WORKERS": str(workers),
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}",
    }
    with running(data_dir, variables=variables) as service, Askers(service.url) as askers:
        askers.wait_for(100)
        time.sleep(1)
        service.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        service.process.wait(3 * MOST_SECONDS)
        seconds = time.monotonic() - began
    written = captured(data_dir)
    missing = set(askers.acknowledged) - set(written)
    print(  # noqa: T201  # the numbers that are asked for
        f"{workers} workers: stopped in {seconds:.1f} s, "
        f"{len(askers.acknowledged):,} acknowledged, {len(missing)} missing; "
        f"answers {dict(askers.statuses)}"
    )
    assert seconds < MOST_SECONDS
    assert len(askers.acknowledged) >= 100
    assert not missing
    assert max(written.values()) == 1
    assert set(askers.statuses) <= {200, "ConnectError"}
