"""What the stack consists of: each program with its command line, and how to tell that it is ready.

The configuration files are those that compose mounts. What differs here is who listens where: the
collector takes addresses from its environment, and Prometheus from lists of targets, which are
written beside copies of its files.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import click

from config.loopback import HOST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cli.stack.addresses import Ports

COLLECTOR: Final = "otelcol-dexwatch"
PROMETHEUS: Final = "prometheus"
ALERTMANAGER: Final = "prometheus-alertmanager"
NODE_EXPORTER: Final = "prometheus-node-exporter"


@dataclass(frozen=True, slots=True)
class Program:
    """One child process."""

    name: str
    command: tuple[str, ...]
    ready: str
    """URL that answers 200 once it is ready."""
    shown: str
    """URL for people."""
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    """Where it runs, if that matters."""
    stop_seconds: float = 10.0
    start_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Backends:
    """Where traces and logs go; without any, to files."""

    tempo: str
    loki: str


@dataclass(frozen=True, slots=True)
class Stack:
    """A checkout and a data folder, and where everything listens."""

    root: Path
    data_dir: Path
    ports: Ports
    backends: Backends | None = None

    @property
    def folder(self) -> Path:
        """Where the programs keep their data and logs."""
        return self.data_dir.resolve() / "stack"

    def observers(self) -> list[Program]:
        """Describe what observes, in the order in which it is started."""
        return [self.prometheus(), self.alertmanager(), self.node_exporter(), self.collector()]

    def service(self) -> Program:
        """Describe the service itself."""
        return Program(
            "api",
            (sys.executable, "-m", "cli", "run"),
            f"{self._url(self.ports.api)}/health/ready",
            f"{self._url(self.ports.api)}/docs",
            {
                "DEXWATCH_PORT": str(self.ports.api),
                "DEXWATCH_DATA_DIR": str(self.data_dir),
                "OTEL_EXPORTER_OTLP_ENDPOINT": self._url(self.ports.otlp_http),
            },
            stop_seconds=25,
            start_seconds=300,
        )

    def mlflow(self, tracking_uri: str) -> Program:
        """Describe MLflow's pages over the service's registry."""
        return Program(
            "mlflow",
            (
                *(sys.executable, "-m", "mlflow", "ui"),
                *("--host", HOST, "--port", str(self.ports.mlflow), "--workers", "1"),
            ),
            f"{self._url(self.ports.mlflow)}/health",
            self._url(self.ports.mlflow),
            {
                # Everybody on the machine can read a command line, and this may hold a password.
                "MLFLOW_BACKEND_STORE_URI": tracking_uri,
                "MLFLOW_DISABLE_TELEMETRY": "true",
                # What waits for jobs that nobody gives it takes 1.2 GiB.
                "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            },
            start_seconds=180,  # it takes most of a minute on a machine that is busy
        )

    def ui(self) -> Program:
        """Describe the pages, which ask the service."""
        url = self._url(self.ports.ui)
        return Program(
            "ui",
            (sys.executable, "-m", "cli", "ui"),
            f"{url}/_stcore/health",
            url,
            {
                "DEXWATCH_UI_PORT": str(self.ports.ui),
                "DEXWATCH_DATA_DIR": str(self.data_dir),
                "DEXWATCH_API_URL": self._url(self.ports.api),
            },
        )

    def prepare(self) -> None:
        """Write the folders that the programs run in; data of an earlier run stays.

        Raises:
            click.ClickException: this is no checkout.

        """
        source = self.root / "prometheus"
        if not (source / "prometheus.yml").is_file():
            raise click.ClickException("the stack runs from a checkout of the repository")
        target = self.folder / "prometheus"
        for part in ("rules", "targets"):
            shutil.rmtree(target / part, ignore_errors=True)
        (target / "data").mkdir(parents=True, exist_ok=True)
        shutil.copy(source / "prometheus.yml", target)
        shutil.copytree(source / "rules", target / "rules")
        (target / "targets").mkdir()
        for job, port in self._scraped().items():
            (target / "targets" / f"{job}.yml").write_text(
                f"- targets: [{HOST}:{port}]\n", encoding="utf-8"
            )
        alertmanager = self.folder / "alertmanager"
        shutil.copytree(self.root / "alertmanager", alertmanager, dirs_exist_ok=True)
        (alertmanager / "data").mkdir(exist_ok=True)
        (self.folder / "collector").mkdir(exist_ok=True)

    def _scraped(self) -> dict[str, int]:
        return {
            "api": self.ports.api,
            "otel-collector": self.ports.collector_metrics,
            "node-exporter": self.ports.node_exporter,
            "alertmanager": self.ports.alertmanager,
            "prometheus": self.ports.prometheus,
        }

    def prometheus(self) -> Program:
        """Describe Prometheus."""
        folder = self.folder / "prometheus"
        url = self._url(self.ports.prometheus)
        return Program(
            "prometheus",
            (
                program_path(PROMETHEUS),
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                "--storage.tsdb.retention.time=35d",
                f"--web.listen-address={HOST}:{self.ports.prometheus}",
                f"--web.external-url={url}",
                "--web.enable-remote-write-receiver",
                "--web.enable-lifecycle",
                "--enable-feature=exemplar-storage",
            ),
            f"{url}/-/ready",
            url,
        )

    def alertmanager(self) -> Program:
        """Describe Alertmanager."""
        folder = self.folder / "alertmanager"
        url = self._url(self.ports.alertmanager)
        return Program(
            "alertmanager",
            (
                program_path(ALERTMANAGER),
                f"--config.file={folder / 'alertmanager.yml'}",
                f"--storage.path={folder / 'data'}",
                f"--web.listen-address={HOST}:{self.ports.alertmanager}",
                f"--web.external-url={url}",
                "--cluster.listen-address=",
            ),
            f"{url}/-/ready",
            url,
            # It looks for the files with its receivers' URLs from there.
            folder=folder,
        )

    def node_exporter(self) -> Program:
        """Describe Node exporter."""
        url = self._url(self.ports.node_exporter)
        return Program(
            "node-exporter",
            (
                program_path(NODE_EXPORTER),
                f"--web.listen-address={HOST}:{self.ports.node_exporter}",
            ),
            f"{url}/metrics",
            f"{url}/metrics",
        )

    def collector(self) -> Program:
        """Describe the collector."""
        configurations = [self.root / "otel-collector" / "config.yaml"]
        environment = {
            "OTELCOL_GRPC": f"{HOST}:{self.ports.otlp_grpc}",
            "OTELCOL_HTTP": f"{HOST}:{self.ports.otlp_http}",
            "OTELCOL_QUEUED": f"{HOST}:{self.ports.collector_queue}",
            "OTELCOL_HEALTH": f"{HOST}:{self.ports.collector_health}",
            "OTELCOL_METRICS_HOST": HOST,
            "OTELCOL_METRICS_PORT": str(self.ports.collector_metrics),
            "OTELCOL_PROMETHEUS": self._url(self.ports.prometheus),
            "OTELCOL_QUEUE_DIR": str(self.folder / "collector" / "queue"),
        }
        if self.backends is None:
            configurations.append(self.root / "otel-collector" / "local.yaml")
            environment["OTELCOL_FILES"] = str(self.folder / "collector")
        else:
            environment["OTELCOL_TEMPO"] = self.backends.tempo
            environment["OTELCOL_LOKI"] = self.backends.loki
        return Program(
            "otel-collector",
            (
                program_path(COLLECTOR, self.root),
                *(f"--config={path}" for path in configurations),
            ),
            f"{self._url(self.ports.collector_health)}/",
            self._url(self.ports.otlp_http),
            environment,
        )

    def _url(self, port: int) -> str:
        return f"http://localhost:{port}"


def program_path(name: str, root: Path | None = None) -> str:
    """Find a program.

    Raises:
        click.ClickException: it is not there; it says what installs it.

    """
    built = None if root is None else root / "otel-collector" / "build" / name
    found = str(built) if built is not None and built.is_file() else shutil.which(name)
    if found is None:
        raise click.ClickException(
            f"{name} is not on this machine; `make stack-tools` installs it on Debian"
        )
    return found
