"""compose.yaml as tests read it: services, what they mount, and what a start brings."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]

SERVING_BYTES: Final = 450 * 10**6
"""Of a process that serves, with room: under load docs/benchmarks.md measures about 400 MB."""
WRITER_BYTES: Final = 120 * 10**6
"""Of the process that writes its files, likewise: about 100 MB."""


def read_yaml(path: str) -> Any:
    """Read a file of the repository."""
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


COMPOSE: Final = read_yaml("compose.yaml")
SERVICES: Final[dict[str, dict[str, Any]]] = COMPOSE["services"]
ONCE: Final = {"prepare", "migrate", "etl", "keys", "model"}
"""Services that do something and end."""
OURS: Final = {"migrate", "etl", "keys", "model", "api", "worker", "ui", "mlflow"}
"""Services that run our images."""

BUILDS: Final[dict[str, dict[str, str]]] = {
    service["image"]: service["build"] for service in SERVICES.values() if "build" in service
}
"""How each image of ours is built."""


def mounts(service: str) -> list[tuple[str, str, set[str]]]:
    """Give source, target and options of each volume."""
    parts = (volume.split(":") for volume in SERVICES[service].get("volumes", ()))
    return [
        (source, target, set(",".join(options).split(",")) - {""})
        for source, target, *options in parts
    ]


def seen_at(service: str, place: str) -> Path:
    """Give the path of the repository that a service sees at a place.

    Raises:
        LookupError: it sees nothing of the repository there.

    """
    for source, target, _ in mounts(service):
        if source.startswith("./") and place.startswith(target):
            return ROOT / source / place.removeprefix(target).lstrip("/")
    raise LookupError(f"{service} sees nothing of the repository at {place}")


def option(service: str, name: str) -> str:
    """Give the value of an option of a service's command."""
    (value,) = (
        word.partition("=")[2]
        for word in SERVICES[service]["command"]
        if word.lstrip("-").startswith(f"{name}=")
    )
    return str(value)


def environment(service: str) -> dict[str, str | None]:
    """Give the variables of a service, None for those that are handed on."""
    variables: dict[str, str | None] = SERVICES[service].get("environment", {})
    return variables


def needs(service: str) -> dict[str, str]:
    """Give what a service waits for, and until when."""
    return {name: how["condition"] for name, how in SERVICES[service].get("depends_on", {}).items()}


def closure(*services: str) -> list[str]:
    """Give what `docker compose up` starts for these services, in an order that it may take."""
    order: list[str] = []

    def add(service: str) -> None:
        for name in needs(service):
            add(name)
        if service not in order:
            order.append(service)

    for service in services:
        add(service)
    return order


def seconds(duration: str) -> float:
    """Read a duration such as ``1m`` or ``25s``."""
    return float(duration[:-1]) * {"s": 1, "m": 60}[duration[-1]]


def size(amount: str) -> int:
    """Read an amount of memory such as ``1g`` or ``768mb``, in bytes."""
    return int(amount.rstrip("kmgb")) * {"m": 2**20, "g": 2**30}[amount.rstrip("b")[-1]]


def memory(service: str) -> int:
    """Give how many bytes a service may take."""
    return size(SERVICES[service]["deploy"]["resources"]["limits"]["memory"])
