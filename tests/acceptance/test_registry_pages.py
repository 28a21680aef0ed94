"""MLflow's own pages over the registry, as README has them."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

import httpx
import pytest
from tests import patient
from tests.acceptance.service import ROOT, environment, free_port

if TYPE_CHECKING:
    from pathlib import Path

START_SECONDS: Final = 300.0
"""It loads much before it listens: on a busy machine more than a minute goes by."""


@pytest.mark.timeout(400)
def test_the_line_of_the_readme_shows_runs_and_versions(data_dir: Path, tmp_path: Path) -> None:
    """Run beside the data folder, it answers with the champion that a service has registered."""
    (line,) = re.findall(r"`(\.venv/bin/mlflow ui [^`]+)`", (ROOT / "README.md").read_text("utf-8"))
    (tmp_path / ".venv").symlink_to(sys.prefix)
    assert data_dir.parent == tmp_path
    port = free_port()
    pages = subprocess.Popen(
        [*line.split(), "--port", str(port)],
        cwd=tmp_path,
        env=environment(data_dir),
        start_new_session=True,
    )
    with patient.client(base_url=f"http://127.0.0.1:{port}") as client:
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _answers(client):
                assert pages.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.3)
            assert "MLflow" in client.get("/").text
            champion = {"name": "dexwatch", "alias": "champion"}
            found = client.get("/api/2.0/mlflow/registered-models/alias", params=champion).json()
            assert found["model_version"]["version"] == "1"
        finally:
            # With the processes that it has started.
            os.killpg(pages.pid, signal.SIGTERM)
            pages.wait(60)


def _answers(client: httpx.Client) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return client.get("/health").is_success
    return False
