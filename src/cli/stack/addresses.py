"""Where each program of the stack listens, all of them on loopback."""

from __future__ import annotations

import errno
import socket
from dataclasses import asdict, dataclass
from typing import Final, Self

import click

HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Ports:
    """One port each; the defaults are the documented ones."""

    api: int = 8000
    prometheus: int = 9090
    alertmanager: int = 9093
    node_exporter: int = 9100
    mlflow: int = 5000
    ui: int = 8501
    otlp_grpc: int = 4317
    otlp_http: int = 4318
    collector_queue: int = 4319
    collector_metrics: int = 8888
    collector_health: int = 13133

    @classmethod
    def free(cls) -> Self:
        """Choose ports that nobody listens on."""
        probes = [socket.create_server((HOST, 0)) for _ in cls.__dataclass_fields__]
        try:
            return cls(*(probe.getsockname()[1] for probe in probes))
        finally:
            for probe in probes:
                probe.close()

    def require_free(self) -> None:
        """Make sure that every port can be listened on.

        Raises:
            click.ClickException: it names those that are taken.

        """
        taken = [f"{port} ({name})" for name, port in asdict(self).items() if _is_taken(port)]
        if taken:
            raise click.ClickException(
                f"another program listens on {HOST} port {', '.join(taken)}; stop it first"
            )


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False
