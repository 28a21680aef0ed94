"""The one resource that traces, metrics and logs share."""

from __future__ import annotations

import uuid
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from opentelemetry.sdk.resources import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE: Final = "dexwatch"


INSTANCE: Final = "service.instance.id"


def describe(declared: Mapping[str, str], command: str = "") -> Resource:
    """Say who speaks; what was ``declared`` from outside wins over what is known here.

    A ``command`` may run beside the process that the declared instance means, and counts from zero
    again: it is an instance of its own, and the same one each time.
    """
    attributes = {
        "service.name": SERVICE,
        "service.version": version(SERVICE),
        INSTANCE: str(uuid.uuid4()),
        "deployment.environment.name": "local",
        **declared,
    }
    if command and INSTANCE in declared:
        attributes[INSTANCE] = f"{declared[INSTANCE]}-{command.replace(' ', '-')}"
    return Resource.create(attributes)
