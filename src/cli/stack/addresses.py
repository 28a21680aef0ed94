"""Where each program of the stack listens, all of them on loopback."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Self

import click

from config.loopback import HOST, NoFreePortsError, free_ports, is_taken


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
        """Choose ports that nobody listens on.

        Raises:
            click.ClickException: there are none.

        """
        try:
            return cls(*free_ports(len(fields(cls))))
        except NoFreePortsError as error:
            raise click.ClickException(error.strerror) from error

    def require_free(self) -> None:
        """Make sure that every port can be listened on.

        Raises:
            click.ClickException: it names those that are taken.

        """
        taken = [f"{port} ({name})" for name, port in asdict(self).items() if is_taken(port)]
        if taken:
            raise click.ClickException(
                f"another program listens on {HOST} port {', '.join(taken)}; stop it first"
            )
