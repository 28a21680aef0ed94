"""Where each program of the stack listens, all of them on loopback."""

from __future__ import annotations

import errno
import random
import socket
from dataclasses import asdict, dataclass, fields
from typing import Final, Self

import click

HOST: Final = "127.0.0.1"

# Below what systems lend to connections, unless they are told otherwise (Linux from 32,768, others
# from 49,152): a port of those can be somebody's before the program that it was chosen for listens.
_NOT_LENT: Final = range(20_000, 32_768)
_TRIES: Final = 100


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
        return cls(*free_ports(len(fields(cls))))

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


def free_ports(count: int) -> range:
    """Choose neighbouring ports that nobody listens on.

    Whole blocks, since who chooses at the same time then seldom meets one of them.

    Raises:
        click.ClickException: no block that was looked at is free.

    """
    chance = random.SystemRandom()
    for _ in range(_TRIES):
        first = chance.randrange(_NOT_LENT.start, _NOT_LENT.stop - count, count)
        ports = range(first, first + count)
        if not any(map(_is_taken, ports)):
            return ports
    raise click.ClickException(f"{HOST} has no {count} free ports side by side")


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False
