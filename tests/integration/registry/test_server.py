"""The registry through a real tracking server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest
from tests.acceptance.service import free_port

from config.settings import ModelSettings
from registry.cache import ModelCache
from registry.errors import RegistryUnavailableError
from registry.sync import sync
from registry.tracking import ModelRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from registry.manifest import ModelRelease


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Give a tracking server with files of its own: its address and its process."""
    port = free_port()
    home = tmp_path / "server"
    home.mkdir()
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(  # arguments are ours
            [
                *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
                *("--host", "127.0.0.1", "--port", str(port)),
                *("--backend-store-uri", f"sqlite:///{home}/mlflow.db"),
                *("--artifacts-destination", str(home / "artifacts")),
            ],
            env=os.environ
            | {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    uri = f"http://127.0.0.1:{port}"
    try:
        _wait_for(uri, process, home / "log")
        yield uri, process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(uri: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{uri}/health", timeout=5):  # noqa: S310  # http, ours
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"the tracking server did not start:\n{log.read_text()[-2000:]}")


def test_model_travels_through_a_server_and_outlives_it(
    tmp_path: Path,
    server: tuple[str, subprocess.Popen[bytes]],
    train: Callable[[int], tuple[Path, ModelRelease]],
) -> None:
    """A model registered through a server reaches the cache, also of a machine without its files.

    Once the server is gone, sync fails within seconds and the cached model serves on.
    """
    uri, process = server
    settings = ModelSettings(tracking_uri=uri)
    path, release = train(1)

    assert ModelRegistry.open(settings, tmp_path / "trainer").register(path, release, "champion")
    synced = sync(settings, tmp_path / "service")
    assert synced.model_path.read_bytes() == path.read_bytes()
    assert not (tmp_path / "trainer").exists(), "a server keeps the files, its clients none"

    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    began = time.monotonic()
    with pytest.raises(RegistryUnavailableError, match=uri):
        sync(settings, tmp_path / "service")
    assert time.monotonic() - began < 15
    assert ModelCache.of(settings, tmp_path / "service").read_current() == synced
